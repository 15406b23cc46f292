/**
 * The functions of the account with their versions and aliases, and the environments behind each version. Callers
 * name a function in a dozen ways; what a name leads to is found once and remembered until anything changes.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Requirement } from '../../../kernel/service.ts';
import type { ArtifactCatalogue } from '../../../template/artifact.ts';
import type { ConcurrencyLimits, FunctionConcurrency } from '../concurrency/concurrency.ts';
import type { EnvironmentSpec } from '../contract.ts';
import type { EnvironmentPool } from '../environments/environment-pool.ts';
import { notFound } from '../errors.ts';
import type { FunctionMetrics, MetricsOfFunctions } from '../invocation/function-metrics.ts';
import {
  type FunctionReference,
  functionArn,
  functionNotFound,
  type Place,
  parseFunctionName,
  placeOf,
} from '../names.ts';
import { type Code, codeDigest, findCode } from '../packages/code.ts';
import type { CodeStore } from '../packages/code-store.ts';
import type { AliasRecord, CodeLocation, FunctionRecord, FunctionVersion, LambdaRecords } from '../records.ts';
import { forgetFunction, forgetQualified } from './bound-records.ts';
import { runtimeOf } from './runtimes.ts';

export const LATEST = '$LATEST';

/** What a caller's name for a function leads to. */
export interface Target {
  readonly version: FunctionVersion;
  /** As the caller meant it: qualified when the name was. */
  readonly arn: string;
  readonly concurrency: FunctionConcurrency;
  readonly runner: Runner;
  readonly metrics: FunctionMetrics;
}

/** Of `FunctionRecord`. */
export type WholeFunctionSettings = Pick<FunctionRecord, 'reservedConcurrency' | 'recursiveLoop'>;

/** What has become of the provisioned concurrency that is wanted of a version or alias. */
export interface ProvisionedStatus {
  readonly allocated: number;
  readonly available: number;
  readonly status: 'IN_PROGRESS' | 'READY' | 'FAILED';
  readonly reason?: string;
}

/** A version's environments, or why it has none. */
export type Runner = { readonly kind: 'pool'; readonly pool: EnvironmentPool } | Extract<Code, { kind: 'broken' }>;

export interface FunctionsOptions {
  readonly place: Place;
  readonly records: LambdaRecords;
  readonly catalogue: ArtifactCatalogue;
  readonly code: CodeStore;
  /** Told after every change, when what has gone drains already: code may have been let go of. */
  readonly onChange: () => void;
  readonly concurrency: ConcurrencyLimits;
  readonly metrics: MetricsOfFunctions;
  readonly createPool: (spec: EnvironmentSpec) => EnvironmentPool;
}

export class Functions {
  readonly #options: FunctionsOptions;
  readonly #runners = new Map<string, Runner>();
  readonly #targets = new Map<string, Target>();
  readonly #requirements = new Map<string, readonly Requirement[]>();
  readonly #draining = new Set<Promise<void>>();

  constructor(options: FunctionsOptions) {
    this.#options = options;
    for (const { value } of options.records.functions.list()) {
      options.concurrency.reserve(value.functionName, value.reservedConcurrency);
    }
  }

  /** Throws ResourceNotFoundException. */
  record(name: string): FunctionRecord {
    const record = this.#options.records.functions.get(name);
    if (!record) throw functionNotFound(this.arn(name));
    return record;
  }

  arn(name: string, qualifier?: string): string {
    return functionArn(this.#options.place, name, qualifier);
  }

  /** What `functionName` and `qualifier` lead to now. Throws ResourceNotFoundException, InvalidRuntimeException. */
  target(functionName: string, qualifier: string | undefined): Target {
    const key = qualifier === undefined ? functionName : `${functionName} ${qualifier}`;
    return this.#targets.get(key) ?? this.#findTarget(key, functionName, qualifier);
  }

  /** What a caller needs to be allowed to invoke; the function need not exist. */
  invokeRequirements(functionName: string, qualifier: string | undefined): readonly Requirement[] {
    const key = qualifier === undefined ? functionName : `${functionName} ${qualifier}`;
    let requirements = this.#requirements.get(key);
    if (!requirements) {
      const reference = parseFunctionName(functionName, qualifier);
      requirements = [{ action: 'lambda:InvokeFunction', resource: this.arn(reference.name, reference.qualifier) }];
      // Names come from callers: what they make up must not be kept for ever.
      if (this.#requirements.size > 1000) this.#requirements.clear();
      this.#requirements.set(key, requirements);
    }
    return requirements;
  }

  /**
   * What a caller's name for a function says. Throws ValidationException, InvalidParameterValueException when two
   * qualifiers disagree, and AWS's refusals of functions of other Regions and accounts.
   */
  reference(functionName: string, qualifier?: string): FunctionReference {
    const { region = this.#options.place.region, accountId } = placeOf(functionName);
    if (region !== this.#options.place.region) throw otherRegion(region, this.#options.place.region);
    const reference = parseFunctionName(functionName, qualifier);
    if (accountId !== undefined && accountId !== this.#options.place.accountId) throw otherAccount();
    return reference;
  }

  /** The version behind a name, for the operations that describe it: of an alias its own, whatever its weights. */
  version(functionName: string, qualifier: string | undefined): FunctionVersion {
    const reference = this.reference(functionName, qualifier);
    return this.#resolve(reference.name, reference.qualifier, MAIN_VERSION).version;
  }

  create(latest: FunctionVersion): void {
    const { functionName } = latest;
    this.#options.records.functions.put(functionName, { functionName, latest, nextVersion: 1 });
    this.changed();
  }

  /** New settings of `$LATEST`: the next request runs on new environments, old ones end with what they do. */
  update(latest: FunctionVersion): void {
    const record = this.record(latest.functionName);
    this.#options.records.functions.put(latest.functionName, { ...record, latest });
    this.changed();
  }

  /** Changes what a function has as a whole and no version fixes. Throws ResourceNotFoundException. */
  configure(name: string, settings: Partial<WholeFunctionSettings>): void {
    const record = { ...this.record(name), ...settings };
    this.#options.records.functions.put(name, record);
    this.#options.concurrency.reserve(name, record.reservedConcurrency);
    this.changed();
  }

  /** Removes a function and all that is bound to it; what invokes it from elsewhere stays, and fails from now on. */
  remove(name: string): void {
    const { records, concurrency } = this.#options;
    records.functions.delete(name);
    forgetFunction(records, name, this.arn(name));
    concurrency.forget(name);
    this.changed();
  }

  /**
   * Makes `$LATEST` a version, with its code where no build touches it; the same code and settings twice are one
   * version, as on AWS.
   */
  publish(name: string, description: string | undefined, code: CodeLocation): FunctionVersion {
    const { records } = this.#options;
    const record = this.record(name);
    const previous = records.versions.get(`${name}:${record.nextVersion - 1}`);
    if (previous && sameSettings(previous, record.latest)) return previous;
    const version: FunctionVersion = {
      ...record.latest,
      code,
      version: String(record.nextVersion),
      description: description ?? record.latest.description,
      revisionId: randomUUID(),
    };
    records.versions.put(`${name}:${version.version}`, version);
    records.functions.put(name, { ...record, nextVersion: record.nextVersion + 1 });
    this.changed();
    return version;
  }

  /** Of `records.provisionedConcurrency`'s `name:qualifier`; call `changed()` after changing those records. */
  provisioned(name: string, qualifier: string): ProvisionedStatus {
    const { version } = this.#resolve(name, qualifier);
    const runner = this.#runner(version);
    if (runner.kind !== 'pool') return { allocated: 0, available: 0, status: 'FAILED', reason: runner.message };
    const state = runner.pool.provisioned;
    if (state === undefined) return { allocated: 0, available: 0, status: 'IN_PROGRESS' };
    const { allocated, available, target, failure } = state;
    if (failure !== undefined) return { allocated, available, status: 'FAILED', reason: failure };
    return { allocated, available, status: available >= target ? 'READY' : 'IN_PROGRESS' };
  }

  /** The environments of a version; undefined when it is gone or cannot run. */
  pool(name: string, version: string): EnvironmentPool | undefined {
    const stored = this.#stored(`${name}:${version}`);
    const runner = stored && this.#runner(stored);
    return runner?.kind === 'pool' ? runner.pool : undefined;
  }

  unpublish(name: string, version: string): void {
    const key = `${name}:${version}`;
    this.#options.records.versions.delete(key);
    forgetQualified(this.#options.records, key, this.arn(name, version));
    this.changed();
  }

  putAlias(alias: AliasRecord): void {
    this.#options.records.aliases.put(`${alias.functionName}:${alias.name}`, alias);
    this.changed();
  }

  removeAlias(functionName: string, name: string): void {
    const key = `${functionName}:${name}`;
    this.#options.records.aliases.delete(key);
    forgetQualified(this.#options.records, key, this.arn(functionName, name));
    this.changed();
  }

  /** Something names lead to has changed: forget what was found, and let go of environments of what has gone. */
  changed(): void {
    this.#targets.clear();
    for (const [key, runner] of this.#runners) {
      const version = this.#stored(key);
      if (version && runner.kind === 'pool' && isDeepStrictEqual(this.#spec(version), runner.pool.spec)) continue;
      this.#runners.delete(key);
      if (runner.kind === 'pool') this.#drain(runner.pool);
    }
    // Only now `drained` knows whom it waits for.
    this.#options.onChange();
  }

  /** Resolves when what was let go of until now has ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#draining);
  }

  /** Resolves when every environment has ended. */
  async stop(): Promise<void> {
    for (const runner of this.#runners.values()) if (runner.kind === 'pool') this.#drain(runner.pool);
    this.#runners.clear();
    this.#targets.clear();
    await Promise.all(this.#draining);
  }

  #drain(pool: EnvironmentPool): void {
    const drained = pool.drain();
    this.#draining.add(drained);
    void drained.then(() => this.#draining.delete(drained));
  }

  #findTarget(key: string, functionName: string, qualifier: string | undefined): Target {
    const reference = this.reference(functionName, qualifier);
    const { version, settled } = this.#resolve(reference.name, reference.qualifier);
    checkRuntime(version);
    const target: Target = {
      version,
      arn: this.arn(reference.name, reference.qualifier),
      concurrency: this.#options.concurrency.of(reference.name),
      runner: this.#runner(version),
      metrics: this.#metrics(reference, version),
    };
    // An alias with weights leads elsewhere each time; code that does not compile may the next moment.
    if (settled && target.runner.kind === 'pool') this.#targets.set(key, target);
    return target;
  }

  #metrics({ name, qualifier }: FunctionReference, { version }: FunctionVersion): FunctionMetrics {
    const isAlias = qualifier !== undefined && qualifier !== LATEST && qualifier !== version;
    return this.#options.metrics.of(name, { qualifier, executedVersion: isAlias ? version : undefined });
  }

  #resolve(
    name: string,
    qualifier: string | undefined,
    chance = Math.random(),
  ): { version: FunctionVersion; settled: boolean } {
    const { records } = this.#options;
    const record = this.record(name);
    if (qualifier === undefined || qualifier === LATEST) return { version: record.latest, settled: true };
    const published = records.versions.get(`${name}:${qualifier}`);
    if (published) return { version: published, settled: true };
    const alias = records.aliases.get(`${name}:${qualifier}`);
    if (!alias) throw functionNotFound(this.arn(name, qualifier));
    const number = chooseVersion(alias, chance);
    const version = number === LATEST ? record.latest : records.versions.get(`${name}:${number}`);
    if (!version) throw functionNotFound(this.arn(name, number));
    return { version, settled: Object.keys(alias.additionalVersionWeights).length === 0 };
  }

  #runner(version: FunctionVersion): Runner {
    const key = `${version.functionName}:${version.version}`;
    let runner = this.#runners.get(key);
    if (!runner) {
      const spec = this.#spec(version);
      runner = 'kind' in spec ? spec : { kind: 'pool', pool: this.#options.createPool(spec) };
      if (runner.kind === 'pool') this.#runners.set(key, runner);
    }
    return runner;
  }

  #stored(key: string): FunctionVersion | undefined {
    const [name = '', version = ''] = key.split(':');
    const { records } = this.#options;
    return version === LATEST ? records.functions.get(name)?.latest : records.versions.get(key);
  }

  #spec(version: FunctionVersion): EnvironmentSpec | Extract<Code, { kind: 'broken' }> {
    const code = findCode(version, this.#options);
    if (code.kind === 'broken') return code;
    const qualifier = version.version === LATEST ? undefined : version.version;
    return {
      functionArn: this.arn(version.functionName, qualifier),
      functionName: version.functionName,
      label: version.label,
      version: version.version,
      runtime: version.runtime,
      handler: version.handler,
      roleArn: version.role,
      memorySizeMb: version.memorySize,
      timeoutMs: version.timeout * 1000,
      ephemeralStorageMb: version.ephemeralStorage,
      codeDirectory: code.codeDirectory,
      layerDirectories: code.layerDirectories,
      environment: version.environment,
      ...(version.kmsKeyArn !== undefined &&
        Object.keys(version.environment).length > 0 && { variablesKeyArn: version.kmsKeyArn }),
      ...version.logging,
      tracing: version.tracing,
      vpc: version.vpc,
    };
  }
}

function otherRegion(theirs: string, ours: string): AwsError {
  return notFound(`Functions from '${theirs}' are not reachable in this region ('${ours}')`);
}

/** There is one account here; nobody else's functions are in it. */
function otherAccount(): AwsError {
  return new AwsError('AccessDeniedException', '', { statusCode: 403 });
}

/** Throws InvalidRuntimeException for a function that exists and cannot run on this machine. */
function checkRuntime({ runtime }: FunctionVersion): void {
  const known = runtimeOf(runtime);
  if (known.kind === 'node' || known.kind === 'provided') return;
  throw new AwsError('InvalidRuntimeException', known.message, { statusCode: 502, members: { Type: 'User' } });
}

/** The chance no additional version has. */
const MAIN_VERSION = 1;

/** `chance` is 0–1. https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html */
export function chooseVersion(alias: AliasRecord, chance: number): string {
  let below = 0;
  for (const [version, weight] of Object.entries(alias.additionalVersionWeights)) {
    below += weight;
    if (chance < below) return version;
  }
  return alias.functionVersion;
}

function sameSettings(published: FunctionVersion, latest: FunctionVersion): boolean {
  const settings = ({
    version: _v,
    description: _d,
    lastModified: _l,
    revisionId: _r,
    code,
    ...rest
  }: FunctionVersion) => ({
    ...rest,
    code: codeDigest(code),
  });
  return isDeepStrictEqual(settings(published), settings(latest));
}
