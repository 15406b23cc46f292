/**
 * The identify door's book: which access key belongs to whom, and which execution environment runs as which role.
 * From outside the environments `test`/`test` and any other unknown key act as the account's administrator; from
 * inside one, only credentials issued here are known.
 */
import type { Placement } from '../policy/network/contract.ts';
import type { Caller, Origin, Principal } from './caller.ts';

export type RoleSession = Extract<Principal, { kind: 'role-session' }>;

export interface Credentials {
  /** `ASIA…` */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** ms since 1970 */
  readonly expiration: number;
}

export interface EnvironmentIdentity {
  readonly environmentId: string;
  readonly functionArn: string;
  readonly principal: Principal;
  /** Where it stands in the network. Absent: Lambda's own, public network. */
  readonly placement?: Placement;
}

export interface Identities {
  /** Credentials for a role session; what STS AssumeRole answers and what an environment is started with. */
  issue(options: {
    roleArn: string;
    sessionName: string;
    durationSeconds: number;
    /** The environment that asked for them (`AssumeRole`): only there they mean somebody else than the environment. */
    issuedTo?: string;
    /** What narrows the session below its role. */
    sessionPolicies?: RoleSession['sessionPolicies'];
    /** Session tags. */
    tags?: RoleSession['tags'];
    /** Those of the tags that go along when this session assumes another role. */
    transitiveTagKeys?: RoleSession['transitiveTagKeys'];
    sourceIdentity?: string;
    /** ms since 1970; default: now. */
    issuedAt?: number;
  }): {
    credentials: Credentials;
    principal: RoleSession;
  };
  /** Binds an environment's own socket to its role; `forget` when it ends. */
  bind(environment: EnvironmentIdentity): void;
  forget(environmentId: string): void;
  /**
   * Who is it? Throws AwsError `UnrecognizedClientException` for keys an environment does not own,
   * `ExpiredTokenException` for credentials past their time.
   */
  identify(caller: Caller): { principal: Principal; origin: Origin };
  /** The secret a request signed with this key must have used; undefined for keys not issued here. */
  secretOf(accessKeyId: string): string | undefined;
}
