/** The transform, step by step. */
import { didYouMean } from '../names.ts';
import type { Json, JsonObject, SourceMap } from '../stack.ts';
import { functionNamesByApi } from './api/function-names.ts';
import { SharedUsagePlan } from './api/usage-plan.ts';
import { partitionOf } from './arn.ts';
import { declareApiParts } from './authorship.ts';
import { extractConnectors } from './connector/embedded.ts';
import type { Context, Macro, SamResource } from './context.ts';
import { DuplicateLogicalId, InvalidDocument, InvalidResource, SamError, Unsupported } from './errors.ts';
import { DeploymentPreferences } from './function/deployment-preference.ts';
import { applyGlobals } from './globals.ts';
import { withoutPolicyTemplates } from './iam/policy-templates.ts';
import { addDefinitionSkeletons, addImplicitHttpApi, addImplicitRestApi } from './implicit-api.ts';
import { expansionOrder, macros } from './macros.ts';
import { deepCopy, entriesOf, ordinary, setDefault } from './python/tree.ts';
import { isMap, isString, type Maybe, truthy } from './python/values.ts';
import { ParameterResolver, rename } from './resolve.ts';
import { keptAttributes, type Resource } from './resource.ts';
import { check } from './rules.ts';
import { checkStructure } from './structure.ts';
import { mayUse } from './succession.ts';

export interface TransformRequest {
  readonly template: JsonObject;
  readonly source: SourceMap;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly region: string;
  readonly partition?: string;
  readonly now?: number;
}

export interface Transformed {
  readonly template: JsonObject;
  readonly errors: readonly SamError[];
}

const PREFIX = 'AWS::Serverless::';

export function transform(request: TransformRequest): Transformed {
  const sam = deepCopy(request.template, request.source);
  try {
    return new Transform(sam, request).run();
  } catch (error) {
    if (error instanceof InvalidDocument) return { template: sam, errors: error.causes };
    if (error instanceof SamError) return { template: sam, errors: [error] };
    throw error;
  }
}

class Transform {
  readonly #sam: JsonObject;
  readonly #resources: JsonObject;
  readonly #request: TransformRequest;
  readonly #errors: SamError[] = [];
  readonly #renamed = new Map<string, string>();
  readonly #referable = new Map<string, Map<string, string>>();

  constructor(sam: JsonObject, request: TransformRequest) {
    checkStructure(sam);
    this.#sam = sam;
    this.#resources = sam['Resources'] as JsonObject;
    this.#request = request;
  }

  run(): Transformed {
    const { source } = this.#request;
    const isPrinted = declareApiParts(this.#sam, source);
    addDefinitionSkeletons(this.#resources);
    addImplicitRestApi(this.#sam, source);
    addImplicitHttpApi(this.#sam, source);
    applyGlobals(this.#sam, source);
    this.#errors.push(...extractConnectors(this.#resources, source));
    const output = this.#output();
    const context = this.#context(output, isPrinted);
    for (const [id, resource, type] of this.#ordered()) this.#expandOne(id, resource, type, context);
    this.#addDeployments(output, context);
    delete output['Transform'];
    if (this.#errors.length > 0) throw new InvalidDocument(withoutRepeats(this.#errors));
    rename(output, { ids: this.#renamed, properties: this.#referable });
    return { template: ordinary(output, source), errors: [] };
  }

  /** A copy. APIs, whose definitions are most of a template, are left out of it: what they become takes their place. */
  #output(): JsonObject {
    const apis = Object.values(this.#resources).filter(isApi);
    return deepCopy(this.#sam, this.#request.source, new Set<Json>(apis));
  }

  #context(output: JsonObject, isPrinted: boolean): Context {
    const { source, parameters, region, now } = this.#request;
    const partition = this.#request.partition ?? partitionOf(region);
    const values = { 'AWS::Region': region, 'AWS::Partition': partition, ...defaults(this.#sam), ...parameters };
    const resolver = new ParameterResolver(values, source, isPrinted);
    return {
      resources: this.#resources,
      output,
      conditions: () => setDefault(output, 'Conditions', {}) as JsonObject,
      parameters: resolver,
      mappings: isMap(this.#sam['Mappings']) ? this.#sam['Mappings'] : {},
      source,
      partition,
      deployments: new DeploymentPreferences(partition),
      usagePlan: new SharedUsagePlan(),
      recordSetGroups: new Map(),
      functionNamesByApi: functionNamesByApi(this.#resources, resolver, source),
      now,
    };
  }

  #ordered(): [id: string, resource: JsonObject, type: string][] {
    const all = (entriesOf(this.#resources) as [string, JsonObject][])
      .map(([id, resource]): [string, JsonObject, Maybe] => [id, resource, resource['Type']])
      .filter((entry): entry is [string, JsonObject, string] => isString(entry[2]) && entry[2].startsWith(PREFIX));
    return all.sort(([, , a], [, , b]) => expansionOrder(a) - expansionOrder(b));
  }

  #expandOne(id: string, resource: JsonObject, type: string, context: Context): void {
    try {
      const macro = macros.get(type);
      if (!macro) throw unsupportedType(id, type);
      const sam = opened(macro, id, resource, context);
      macro.link?.(sam, context);
      const { resources, renamedTo } = macro.expand(sam, context);
      this.#noteReferable(macro, id, resources);
      if (renamedTo !== undefined && renamedTo !== id) this.#renamed.set(id, renamedTo);
      this.#place(id, resource, resources, context.output['Resources'] as JsonObject);
    } catch (error) {
      if (error instanceof InvalidDocument) {
        throw new InvalidDocument([...this.#errors, ...error.blame(id, definitionOf(resource)).causes]);
      }
      if (error instanceof TypeError) this.#errors.push(notUnderstood(id, error));
      else if (!(error instanceof SamError)) throw error;
      else this.#errors.push(error.resource === undefined ? error.blame(id, undefined) : error);
    }
  }

  #noteReferable({ referable }: Macro, id: string, resources: readonly Resource[]): void {
    const lastOfType = new Map(resources.map((resource) => [resource.type, resource.logicalId]));
    const names = new Map<string, string>();
    for (const [name, type] of Object.entries(referable ?? {})) {
      const made = lastOfType.get(type);
      if (made !== undefined) names.set(name, made);
    }
    if (names.size > 0) this.#referable.set(id, names);
  }

  #place(id: string, original: JsonObject, resources: readonly Resource[], output: JsonObject): void {
    delete output[id];
    for (const resource of resources) {
      if (!mayUse(resource, this.#resources)) {
        this.#errors.push(new DuplicateLogicalId(id, resource.logicalId, resource.type));
        continue;
      }
      const made = resource.toJson();
      const changed = this.#resources[resource.logicalId];
      this.#carry(isMap(changed) ? changed : original, made);
      output[resource.logicalId] = made;
    }
  }

  /** What is made points at the lines its SAM resource was written on; a resource that was only changed, at its own. */
  #carry(original: JsonObject, made: JsonObject): void {
    const { source } = this.#request;
    source.carry(original, made);
    if (isMap(original['Properties'])) source.carry(original['Properties'], made['Properties'] as JsonObject);
  }

  #addDeployments(output: JsonObject, { deployments, conditions }: Context): void {
    const resources = output['Resources'] as JsonObject;
    try {
      const shared = deployments.conditions();
      if (truthy(shared as JsonObject)) Object.assign(conditions(), shared);
      for (const { resource, owner } of deployments.resources()) {
        const made = resource.toJson();
        this.#carry(this.#resources[owner] as JsonObject, made);
        resources[resource.logicalId] = made;
      }
    } catch (error) {
      if (!(error instanceof SamError)) throw error;
      this.#errors.push(error);
    }
  }
}

function isApi(resource: Json): boolean {
  return isMap(resource) && ['AWS::Serverless::Api', 'AWS::Serverless::HttpApi'].includes(resource['Type'] as string);
}

/** What is wrong with a whole document is wrong with an API's definition, where there is one. */
function definitionOf({ Properties }: JsonObject): string | undefined {
  return isMap(Properties) && 'DefinitionBody' in Properties ? 'Properties.DefinitionBody' : undefined;
}

/** A value of a shape that nothing expects in its place: the official translator says no more than "Internal error". */
function notUnderstood(id: string, error: TypeError): SamError {
  return new InvalidResource(id, `One of its properties has a form that cannot be transformed (${error.message}).`);
}

function unsupportedType(id: string, type: string): SamError {
  const message = `Resource with id [${id}] has type ${type}, which is not supported here.`;
  return new Unsupported(message, id, 'Type', didYouMean(type, macros.keys()));
}

/** The resource with its properties checked and its policy templates expanded. */
function opened(macro: Macro, logicalId: string, resource: JsonObject, context: Context): SamResource {
  if (!/^[A-Za-z0-9]+$/.test(logicalId)) {
    throw new InvalidResource(logicalId, 'Logical ids must be alphanumeric.');
  }
  const given = 'Properties' in resource ? resource['Properties'] : {};
  if (!isMap(given)) throw new InvalidResource(logicalId, 'Properties of a resource must be an object.');
  if (macro.type === `${PREFIX}Function` || macro.type === `${PREFIX}StateMachine`) {
    const policies = withoutPolicyTemplates(logicalId, given['Policies'], context.source);
    if (policies) given['Policies'] = policies;
  }
  check(macro.rules, macro.type, logicalId, given);
  const properties = given;
  return { logicalId, properties, attributes: keptAttributes(resource), dependsOn: resource['DependsOn'] };
}

function defaults({ Parameters }: JsonObject): Record<string, Json> {
  if (!isMap(Parameters)) return {};
  const given = Object.entries(Parameters).filter(([, value]) => isMap(value) && 'Default' in value);
  return Object.fromEntries(given.map(([name, value]) => [name, (value as JsonObject)['Default']!]));
}

function withoutRepeats(errors: readonly SamError[]): SamError[] {
  return [...new Map(errors.map((error) => [error.message, error])).values()];
}
