import { isDeepStrictEqual } from 'node:util';
import { evaluate } from '../../template/intrinsics/evaluate.ts';
import type { Scope } from '../../template/intrinsics/scope.ts';
import { dependencies } from '../../template/references.ts';
import {
  type Diagnostic,
  formatDiagnostic,
  type Json,
  type JsonObject,
  type ResourceNode,
  type Stack,
} from '../../template/stack.ts';
import type { Provider, ResourceRequest } from '../provider.ts';
import { type Policies, policiesOf, type ResourceActions } from './actions.ts';
import type { ResourceRecord } from './book.ts';
import type { Change } from './contract.ts';
import { findingsOf } from './findings.ts';
import { generateName, requestFor } from './requests.ts';
import { createScope } from './stack-scope.ts';

/** How a step of the way forward is undone. */
export type Undo =
  | { readonly kind: 'created'; readonly record: ResourceRecord; readonly before?: ResourceRecord }
  /** `after` is undefined when the update failed: the resource may be half-way. */
  | { readonly kind: 'updated'; readonly before: ResourceRecord; readonly after?: ResourceRecord }
  | { readonly kind: 'replaced'; readonly before: ResourceRecord; readonly after: ResourceRecord }
  /** Only the record changed: there is nothing behind it. */
  | { readonly kind: 'noted'; readonly logicalId: string; readonly before?: ResourceRecord };

export interface ForwardOptions {
  readonly stack: Stack;
  readonly actions: ResourceActions;
  /** The live records of the stack, by logical id; kept up to date. */
  readonly records: Map<string, ResourceRecord>;
  readonly exports: ReadonlyMap<string, Json>;
  /** Called before the first thing changes. */
  readonly onFirstChange: () => void;
  /** After a failure only what needs the failed resource is left out, and warned of as `not-looked-at`. */
  readonly goesOn?: boolean;
}

/**
 * The way from what exists to what the template says: every resource is looked at as soon as those it needs are as
 * they should be. After a failure nothing new is begun, and what is under way comes to its end.
 */
export class Forward {
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly changes: Change[] = [];
  /** In order of completion. */
  readonly undo: Undo[] = [];
  readonly scope: Scope;
  readonly #options: ForwardOptions;
  readonly #visited = new Map<string, Promise<void>>();
  /** What failed, and what was left out because of it. */
  readonly #missing = new Set<string>();

  constructor(options: ForwardOptions) {
    this.#options = options;
    this.scope = createScope({
      ...options,
      invented: ({ logicalId, type, at }, attribute, value) => {
        const message = `${attribute} of ${type} is made up, since that type is not emulated: ${JSON.stringify(value)}`;
        this.#warn({ severity: 'warning', code: 'invented-attribute', message, resource: logicalId, at });
      },
    });
  }

  async run(): Promise<void> {
    await Promise.all([...this.#options.stack.resources.values()].map((node) => this.#visit(node)));
  }

  #visit(node: ResourceNode): Promise<void> {
    let visit = this.#visited.get(node.logicalId);
    if (!visit) {
      visit = this.#settle(node);
      this.#visited.set(node.logicalId, visit);
    }
    return visit;
  }

  async #settle(node: ResourceNode): Promise<void> {
    const { stack } = this.#options;
    const needed = dependencies(node, stack);
    // The first wait also lets every resource register its visit before the first one starts.
    await Promise.all([...needed].map((logicalId) => this.#visit(stack.resources.get(logicalId)!)));
    if (this.#isStopped(node, needed)) return;
    const before = this.#options.records.get(node.logicalId);
    const code = before ? 'update-failed' : 'create-failed';
    try {
      const properties = this.#evaluate(node, node.properties, 'Properties');
      const provider = await this.#options.actions.provider(node.type);
      if (this.errors.length > 0 && !this.#options.goesOn) return;
      const policies = policiesOf(node, needed);
      if (provider) await this.#provide(node, provider, properties, policies);
      else this.#note(node, properties, policies);
    } catch (error) {
      this.#missing.add(node.logicalId);
      this.errors.push(...findingsOf(error, code, node));
    }
  }

  #isStopped({ logicalId: resource, at }: ResourceNode, needed: ReadonlySet<string>): boolean {
    if (this.errors.length === 0) return false;
    if (!this.#options.goesOn) return true;
    const missing = [...needed].filter((logicalId) => this.#missing.has(logicalId));
    if (missing.length === 0) return false;
    this.#missing.add(resource);
    const message = `needs ${missing.join(' and ')}, which could not be made`;
    this.#warn({ severity: 'warning', code: 'not-looked-at', message, resource, at });
    return true;
  }

  async #provide(node: ResourceNode, provider: Provider, properties: JsonObject, policies: Policies): Promise<void> {
    const { stack, actions, records } = this.#options;
    const before = records.get(node.logicalId);
    const names = { generatedName: before?.generatedName ?? generateName(stack.name, node.logicalId) };
    const request = requestFor(stack, node, { properties }, names);
    for (const { path, message } of (await provider.unsupported?.(request)) ?? []) {
      const property = ['Properties', ...path].join('.');
      const at = request.positionOf(path);
      this.#warn({ severity: 'warning', code: 'not-emulated', message, resource: node.logicalId, property, at });
    }
    if (before?.emulated && before.state !== 'creating' && before.state !== 'deleting') {
      if (before.state === 'complete' && isDeepStrictEqual(before.properties, properties)) {
        this.#remember({ ...without(before), ...policies }, before);
      } else {
        await this.#update(provider, this.#withUpdatePolicy(node, this.#withMetadata(node, request)), before, policies);
      }
      return;
    }
    this.#options.onFirstChange();
    if (before?.state === 'deleting') await actions.delete(before, () => actions.book.drop(stack.name, node.logicalId));
    const interrupted = before?.state === 'creating';
    if (interrupted) await this.#clearAway(provider, before);
    await this.#create(provider, { ...this.#withMetadata(node, request), interrupted }, policies);
  }

  async #create(provider: Provider, request: ResourceRequest, policies: Policies): Promise<void> {
    const { actions, records } = this.#options;
    const { logicalId, type } = request;
    // What was there before, if anything, was a name without a thing behind it.
    const noted = records.get(logicalId);
    const before = noted?.emulated ? undefined : noted;
    this.changes.push({ logicalId, type, action: 'create' });
    try {
      const record = await actions.create(provider, request, policies);
      records.set(logicalId, record);
      this.undo.push({ kind: 'created', record, before });
    } catch (error) {
      this.undo.push({ kind: 'noted', logicalId, before });
      throw error;
    }
  }

  async #update(
    provider: Provider,
    request: ResourceRequest,
    before: ResourceRecord,
    policies: Policies,
  ): Promise<void> {
    const { actions, records, onFirstChange } = this.#options;
    const { logicalId, type } = request;
    onFirstChange();
    try {
      const after = await actions.update(provider, request, before, policies);
      records.set(logicalId, after);
      const isReplaced = after.physicalId !== before.physicalId;
      this.changes.push({ logicalId, type, action: isReplaced ? 'replace' : 'update' });
      this.undo.push({ kind: isReplaced ? 'replaced' : 'updated', before, after });
    } catch (error) {
      this.changes.push({ logicalId, type, action: 'update' });
      this.undo.push({ kind: 'updated', before });
      throw error;
    }
  }

  /** What a create that a crash cut off may have left. It may have left nothing, and then cannot be deleted. */
  async #clearAway(provider: Provider, record: ResourceRecord): Promise<void> {
    const existing = await this.#options.actions.existing({ ...record, physicalId: record.generatedName });
    try {
      await provider.delete(existing);
    } catch {
      // Nothing was left, or it is beyond us; the create that follows will say so if it matters.
    }
  }

  /** A type nobody here provides exists in name only, so that the rest of the template can refer to it. */
  #note(node: ResourceNode, properties: JsonObject, policies: Policies): void {
    const { stack, actions, records } = this.#options;
    const { logicalId, type, at } = node;
    const message = `${type} is not emulated: it exists in name only`;
    this.#warn({ severity: 'warning', code: 'not-emulated', message, resource: logicalId, at });
    const before = records.get(logicalId);
    if (before && isDeepStrictEqual(before.properties, properties)) {
      this.#remember({ ...without(before), ...policies, emulated: false, state: 'complete' }, before);
      return;
    }
    this.#options.onFirstChange();
    const generatedName = before?.generatedName ?? generateName(stack.name, logicalId);
    const record: ResourceRecord = {
      ...{ logicalId, type, properties, generatedName, ...policies },
      physicalId: before?.physicalId || generatedName,
      attributes: {},
      emulated: false,
      state: 'complete',
    };
    actions.book.put(stack.name, record);
    records.set(logicalId, record);
    this.changes.push({ logicalId, type, action: before ? 'update' : 'create' });
    this.undo.push({ kind: 'noted', before, logicalId });
    actions.resourceEvent(record, before ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE', 'not emulated');
  }

  /** Policies and places may change without anything happening to the resource. */
  #remember(record: ResourceRecord, before: ResourceRecord): void {
    this.#options.records.set(record.logicalId, record);
    if (!isDeepStrictEqual(record, before)) this.#options.actions.book.put(this.#options.stack.name, record);
  }

  #withMetadata(node: ResourceNode, request: ResourceRequest): ResourceRequest {
    if (node.metadata === undefined) return request;
    return { ...request, metadata: this.#evaluate(node, node.metadata, 'Metadata') };
  }

  #withUpdatePolicy(node: ResourceNode, request: ResourceRequest): ResourceRequest {
    if (node.updatePolicy === undefined) return request;
    return { ...request, updatePolicy: this.#evaluate(node, node.updatePolicy, 'UpdatePolicy') };
  }

  #evaluate(node: ResourceNode, symbolic: JsonObject, property: string): JsonObject {
    const value = evaluate(symbolic, this.scope, { resource: node.logicalId, property });
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  }

  #warn(finding: Diagnostic): void {
    const text = formatDiagnostic(finding);
    if (!this.warnings.some((known) => formatDiagnostic(known) === text)) this.warnings.push(finding);
  }
}

/** A record without what the template may have dropped since. */
function without(record: ResourceRecord): Omit<ResourceRecord, keyof Policies> {
  const { dependsOn: _, deletionPolicy: __, updateReplacePolicy: ___, at: ____, ...rest } = record;
  return rest;
}
