import { isDeepStrictEqual } from 'node:util';
import { evaluate } from '../../template/intrinsics/evaluate.ts';
import { type Diagnostic, type Json, type JsonObject, type Stack, TemplateError } from '../../template/stack.ts';
import type { Kernel } from '../kernel.ts';
import { ResourceActions } from './actions.ts';
import { goBack } from './back.ts';
import { type ResourceRecord, StackBook } from './book.ts';
import { cleanUp } from './clean-up.ts';
import type {
  ApplyOptions,
  Change,
  ReconcileReport,
  Reconciler,
  RestoreReport,
  StackDescription,
  StackOutput,
  StackStatus,
} from './contract.ts';
import { findingsOf } from './findings.ts';
import { Forward } from './forward.ts';
import { restoreStack } from './restore.ts';
import { createTemplatePlaces } from './template-places.ts';

export interface ReconcilerOptions {
  readonly kernel: Pick<Kernel, 'store' | 'clock' | 'registry' | 'dispatch' | 'outbox'>;
}

/** The one path on which stacks come to be, whoever asks: a start, an edit, an API call, a change set. */
export function createReconciler({ kernel }: ReconcilerOptions): Reconciler {
  const { store, clock, registry, dispatch, outbox } = kernel;
  const book = new StackBook(store, clock);
  const applied = new Map<string, Stack>();
  let restoring: Promise<RestoreReport> | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const actionsFor = (stackName: string, stackId: string, options: ApplyOptions = {}): ResourceActions => {
    const { onEvent } = options;
    return new ResourceActions({ stackName, stackId, book, registry, dispatch, now: () => clock.now(), onEvent });
  };

  /** Runs are one at a time: two would compare with each other's half-way states. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  }

  async function restoreAll(): Promise<RestoreReport> {
    let restored = 0;
    const failures: Diagnostic[] = [];
    for (const stackName of book.stackNames()) {
      const result = await restoreStack(actionsFor(stackName, book.stack(stackName)?.stackId ?? ''));
      restored += result.restored;
      failures.push(...result.failures);
    }
    // Whose work goes on by itself is there from the start, whether a stack names it or not.
    const busy = registry.definitions.filter(({ goesOn }) => goesOn?.(store));
    await Promise.all(busy.map(({ name }) => registry.service(name)));
    outbox.resume();
    return { restored, failures };
  }

  function restore(): Promise<RestoreReport> {
    restoring ??= restoreAll();
    return restoring;
  }

  async function apply(stack: Stack, options: ApplyOptions = {}): Promise<ReconcileReport> {
    await restore();
    applied.set(stack.name, stack);
    const actions = actionsFor(stack.name, stack.pseudo.stackId, options);
    const records = new Map(book.live(stack.name).map((record) => [record.logicalId, record]));
    const refusals = changedTypes(stack, records);
    const previous = book.stack(stack.name);
    const outputsBefore = previous?.outputs ?? {};
    if (refusals.length > 0) {
      return { outcome: 'rolled-back', changes: [], diagnostics: refusals, outputs: outputsBefore };
    }

    // A first start that was taken back has left nothing to update.
    const isNew = !previous || (previous.status.startsWith('ROLLBACK') && records.size === 0);
    const verb = isNew ? 'CREATE' : 'UPDATE';
    const createdAt = previous?.createdAt ?? clock.now();
    const describe = (status: StackStatus, outputs: StackDescription['outputs']): void => {
      const { name, file } = stack;
      book.putStack({ name, file, stackId: actions.stackId, status, createdAt, updatedAt: clock.now(), outputs });
    };
    let begun = false;
    const begin = (): void => {
      if (begun) return;
      begun = true;
      describe(`${verb}_IN_PROGRESS`, outputsBefore);
      actions.stackEvent(`${verb}_IN_PROGRESS`);
    };

    const forward = new Forward({
      stack,
      actions,
      records,
      exports: exportsBut(stack.name),
      onFirstChange: begin,
      goesOn: options.onFailure === 'continue',
    });
    await forward.run();
    let outputs: Record<string, StackOutput> = {};
    if (forward.errors.length === 0) {
      try {
        outputs = outputsOf(stack, forward);
      } catch (error) {
        forward.errors.push(...findingsOf(error, 'output-failed', { logicalId: 'Outputs' }));
      }
    }
    if (forward.errors.length > 0) return abandon();

    const removed = [...records.values()].filter(({ logicalId }) => !stack.resources.has(logicalId));
    const hasLeftovers = removed.length > 0 || book.retired(stack.name).length > 0;
    if (isNew || !isDeepStrictEqual(outputs, outputsBefore)) begin();
    if (hasLeftovers) {
      begin();
      actions.stackEvent('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    }
    const swept = hasLeftovers ? await cleanUp(removed, actions) : { changes: [], findings: [] };
    if (begun) {
      describe(`${verb}_COMPLETE`, outputs);
      actions.stackEvent(`${verb}_COMPLETE`);
      book.trimEvents(stack.name);
    }
    return {
      outcome: begun ? 'applied' : 'unchanged',
      changes: [...forward.changes, ...swept.changes],
      diagnostics: [...forward.warnings, ...swept.findings],
      outputs,
    };

    async function abandon(): Promise<ReconcileReport> {
      const { errors, warnings, changes, undo } = forward;
      begin();
      const back = isNew ? 'ROLLBACK' : 'UPDATE_ROLLBACK';
      const report = (outcome: ReconcileReport['outcome'], status: StackStatus, more: readonly Diagnostic[] = []) => {
        describe(status, outputsBefore);
        actions.stackEvent(status);
        book.trimEvents(stack.name);
        return { outcome, changes, diagnostics: [...errors, ...more, ...warnings], outputs: outputsBefore };
      };
      if (options.onFailure === 'keep' || options.onFailure === 'continue') return report('failed', `${verb}_FAILED`);
      actions.stackEvent(`${back}_IN_PROGRESS`, errors[0]?.message);
      const unmended = await goBack(undo, actions, records);
      if (unmended.length > 0) return report('failed', `${back}_FAILED`, unmended);
      return report('rolled-back', `${back}_COMPLETE`);
    }
  }

  async function destroy(stackName: string, options: ApplyOptions = {}): Promise<ReconcileReport> {
    await restore();
    const known = book.stack(stackName);
    const records = book.live(stackName);
    const changes: Change[] = [];
    if (!known && records.length === 0) return { outcome: 'unchanged', changes, diagnostics: [], outputs: {} };
    const actions = actionsFor(stackName, known?.stackId ?? '', options);
    actions.stackEvent('DELETE_IN_PROGRESS');
    const swept = await cleanUp(records, actions);
    const failed = swept.findings.some(({ code }) => code === 'delete-failed');
    const status = failed ? 'DELETE_FAILED' : 'DELETE_COMPLETE';
    if (failed && known) book.putStack({ ...known, status, updatedAt: clock.now() });
    else book.dropStack(stackName);
    actions.stackEvent(status);
    const outcome = failed ? 'failed' : 'applied';
    return { outcome, changes: swept.changes, diagnostics: swept.findings, outputs: {} };
  }

  function exportsBut(stackName: string): Map<string, Json> {
    const others = book.stacks().filter(({ name }) => name !== stackName);
    const outputs = others.flatMap(({ outputs }) => Object.values(outputs));
    return new Map(outputs.flatMap(({ exportName, value }) => (exportName === undefined ? [] : [[exportName, value]])));
  }

  function outputsOf(stack: Stack, { scope }: Forward): Record<string, StackOutput> {
    const taken = exportsBut(stack.name);
    const outputs: Record<string, StackOutput> = {};
    for (const { name, value, description, exportName } of stack.outputs.values()) {
      const subject = { resource: 'Outputs', property: name };
      const shown = evaluate(value, scope, subject);
      if (typeof shown === 'symbol') continue;
      const exported = exportName === undefined ? undefined : evaluate(exportName, scope, subject);
      if (typeof exported === 'string' && taken.has(exported)) {
        const message = `Export with name ${exported} is already exported by another stack`;
        throw new TemplateError([{ severity: 'error', code: 'export-taken', message, ...subject }]);
      }
      outputs[name] = {
        value: shown,
        ...(description !== undefined && { description }),
        ...(typeof exported === 'string' && { exportName: exported }),
      };
    }
    return outputs;
  }

  return {
    restore: () => inTurn(restore),
    apply: (stack, options) => inTurn(() => apply(stack, options)),
    destroy: (stackName, options) => inTurn(() => destroy(stackName, options)),
    stacks: () => book.stacks(),
    resources: (stackName) =>
      book.live(stackName).map(({ logicalId, type, physicalId, properties, attributes, emulated, at }) => {
        return { logicalId, type, physicalId, properties: properties as JsonObject, attributes, emulated, at };
      }),
    events: (stackName) => book.events(stackName),
    places: createTemplatePlaces({
      stack: (name) => applied.get(name),
      stackNames: () => book.stacks().map(({ name }) => name),
      resources: (stackName) => book.live(stackName),
    }),
  };
}

/** A logical id keeps its type for life. CloudFormation says the same, in this sentence. */
function changedTypes(stack: Stack, records: ReadonlyMap<string, ResourceRecord>): Diagnostic[] {
  return [...stack.resources.values()].flatMap(({ logicalId, type, at }) => {
    const before = records.get(logicalId);
    if (!before || before.type === type) return [];
    const message = `Update of resource type is not permitted: it was ${before.type}, now it is ${type}. Give it another logical id`;
    return [{ severity: 'error' as const, code: 'resource-type-changed', message, resource: logicalId, at }];
  });
}
