/**
 * The one seam every AWS service is plugged in at. The kernel never names a service; a service never names another:
 * it calls others through `context.dispatch`.
 */
import type { Policy } from '../policy/iam/contract.ts';
import type { Reachability } from '../policy/network/verdict.ts';
import type { Json, JsonObject } from '../template/stack.ts';
import type { AddressBook } from './addresses.ts';
import type { Audit } from './audit.ts';
import type { Caller, Origin, Principal } from './caller.ts';
import type { Clock } from './clock.ts';
import type { DenialWording } from './doors.ts';
import type { Identities } from './identity.ts';
import type { Outbox } from './outbox.ts';
import type { Provider } from './provider.ts';
import type { Store } from './store.ts';
import type { Telemetry } from './telemetry.ts';
import type { Usage } from './usage.ts';

/** One thing a caller must be allowed to do for an operation to run; an operation may need several. */
export interface Requirement {
  /** e.g. `secretsmanager:GetSecretValue` */
  readonly action: string;
  /** ARN, or `*` where the action has no resource. */
  readonly resource: string;
  /** Condition keys of this request, e.g. `{ 'secretsmanager:VersionStage': 'AWSCURRENT' }`. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** What an operation's handler knows about the call it serves. */
export interface CallContext {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly requestId: string;
  /** `X-Amzn-Trace-Id`, when the caller sent one. */
  readonly traceHeader?: string;
  /** The `Host` it asked, when it came by HTTP: what answers say of URLs is to be found there. */
  readonly host?: string;
  /** Aborted when the caller went away. */
  readonly signal?: AbortSignal;
  /** How it got here: through which VPC endpoint, out of which VPC. */
  readonly path?: Extract<Reachability, { kind: 'yes' }>;
  /**
   * Asks the may door for what only the operation itself finds out to need, e.g. of each key of a batch. Throws or
   * rejects as the door would; absent where nobody is asked.
   */
  readonly demand?: (requirements: readonly Requirement[]) => Promise<void> | undefined;
}

export interface Operation<I = never, O = unknown> {
  /** Why calls of it are always refused; absent on those that answer. */
  readonly notEmulated?: string;
  /** The IAM requirements; pure, and cheap: it runs on every call. */
  requires(input: I, call: CallContext): readonly Requirement[];
  /** Throws `AwsError` for every refusal; anything else thrown is our own bug and answered as InternalFailure. */
  handle(input: I, call: CallContext): O | Promise<O>;
}

/** What the may door asks a service about one of its resources. */
export interface ResourceFacts {
  /** Default: this account. */
  readonly accountId?: string;
  /** The policies of the resource itself (a key policy for a KMS key, a trust policy for a role); absent: it has none. */
  readonly policies?: readonly Policy[];
  readonly tags?: Readonly<Record<string, string>>;
  /** What policies know it as, where it was asked for by another name, e.g. the key of a KMS alias. */
  readonly arn?: string;
  /** Condition keys that come with it whatever the request is, e.g. `kms:KeySpec`; a requirement's own win. */
  readonly keys?: Readonly<Record<string, string | readonly string[]>>;
}

/** How a service's operations travel; filled by `protocols/` from AWS's own schemas. */
export interface WireModel {
  /** e.g. `json-1.1`, `rest-json`, `query`, `rest-xml`, `json-1.0`, `ec2-query`, `rpc-v2-cbor`; `s3`, which is rest-xml of its own kind. */
  readonly protocol: string;
  /** The SDK client's namespace object: its exported operation schemas (`GetSecretValue$`, …). */
  readonly schemas: Readonly<Record<string, unknown>>;
  /** Prefix of `X-Amz-Target`, for the JSON protocols, e.g. `secretsmanager`. */
  readonly targetPrefix?: string;
  /** `Version` parameter of the query protocols, e.g. `2011-06-15`. */
  readonly apiVersion?: string;
  /** Of the query protocols' answers, e.g. `https://sts.amazonaws.com/doc/2011-06-15/`. */
  readonly xmlNamespace?: string;
  /** What the service calls an input without a required member, where it is not its protocol's usual `ValidationException`. */
  readonly validationErrorCode?: string;
  /** Other names that the JSON and CBOR protocols have for errors, by the code the query protocol has for them. */
  readonly errorTypes?: Readonly<Record<string, string>>;
  /** What is spoken by those who send a form, or ask with `Action` in the query: older clients, where there is a choice. */
  readonly formProtocol?: 'query';
  /** What is said of members that are missing, where it is not the usual sentence; paths as `entries.1.member.id`. */
  readonly wordMissing?: (paths: readonly string[]) => string;
  /** Members of the input that the path of a request already says. */
  readonly inputOfPath?: (path: string) => Readonly<Record<string, unknown>> | undefined;
  /** A checksum of every answer's body that clients of this service compare: `x-amz-crc32`. */
  readonly bodyChecksum?: 'crc32';
  /** Of S3: what a bucket's CORS rules add to the answer to a page of another origin; undefined where none allows it. */
  readonly crossOrigin?: (
    bucket: string,
    asked: { readonly origin: string; readonly method: string },
  ) => Readonly<Record<string, string>> | undefined;
}

export interface Service {
  /** Operations by AWS's name, e.g. `GetSecretValue`. */
  readonly operations: Readonly<Record<string, Operation>>;
  /** CloudFormation providers by type, e.g. `AWS::SecretsManager::Secret`. */
  readonly providers: Readonly<Record<string, Provider>>;
  /**
   * What there is to know of a resource of this service before a call on it is let through. Synchronous and cheap: it
   * runs on every call. Undefined: there is no such resource, or nothing to say of it.
   */
  readonly resourceFacts?: (arn: string) => ResourceFacts | undefined;
  /**
   * How it words a denied permission, where it is not `AccessDeniedException` with 403 and the usual sentence: e.g.
   * `UnauthorizedOperation` for EC2, 400 for services that speak JSON 1.1.
   */
  readonly wordDenial?: (requirement: Requirement, sentence: string) => DenialWording | undefined;
  /** Loads what the wire needs, on the first call over HTTP; absent for services nobody calls over HTTP. */
  readonly wire?: () => Promise<WireModel>;
  /**
   * Does ahead what the first to come would wait for, such as loading and compiling; called when everything is there.
   * Leaves what fails to them, and lets others in between its steps.
   */
  readonly prepare?: () => Promise<void>;
  /** Ends timers, processes and sockets; called once, in reverse order of loading. */
  readonly stop?: () => Promise<void>;
}

/** What every service is given. */
export interface ServiceContext {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly telemetry: Telemetry;
  /** For those who hand out credentials: STS, and whoever starts execution environments. */
  readonly identities: Identities;
  /** For those who run something behind a host name of the stack, e.g. a database. */
  readonly addresses: AddressBook;
  /** What functions were seen to do, for `sampan check`. */
  readonly usage: Usage;
  /** For those who make records of calls, and those whom the records go to. */
  readonly audit: Audit;
  /** The only way to call another service. */
  readonly dispatch: Dispatch;
  /** Whether there is such a service here: what one tells only those who are there, it need not tell anybody. */
  readonly emulates: (service: string) => boolean;
}

/** Announces a service without loading it. */
export interface ServiceDefinition {
  /** The SigV4 signing name, which is also the ARN's service part in most cases, e.g. `secretsmanager`, `logs`. */
  readonly name: string;
  /** Further names it is found by: host prefixes (`monitoring`), X-Amz-Target prefixes. */
  readonly aliases?: readonly string[];
  /** CloudFormation types its providers serve; known without loading it. */
  readonly resourceTypes: readonly string[];
  /** Whether what an earlier run left goes on by itself, e.g. a schedule: the service is then loaded at every start. */
  readonly goesOn?: (store: Store) => boolean;
  readonly load: (context: ServiceContext) => Promise<Service>;
}

export interface Call {
  readonly caller: Caller;
  /** Service name as in `ServiceDefinition.name`. */
  readonly service: string;
  /** Operation as AWS names it. */
  readonly operation: string;
  /** The operation's typed input, member names as in the SDK (`SecretId`). Streams and blobs as the SDK has them. */
  readonly input: unknown;
  readonly requestId?: string;
  readonly traceHeader?: string;
  readonly host?: string;
  readonly signal?: AbortSignal;
}

/**
 * The only way anything calls a service. Doors in order: identify → reach → may → service → record.
 * Resolves with the operation's typed output; rejects with `AwsError`.
 */
export type Dispatch = (call: Call) => Promise<unknown>;

export type { Json, JsonObject };
