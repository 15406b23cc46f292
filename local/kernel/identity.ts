/**
 * The identify door's book: which access key belongs to whom, and which execution environment runs as which role.
 * From outside the environments `test`/`test` and any other unknown key act as the account's administrator; from
 * inside one, only credentials issued here are known.
 */
import type { Placement } from '../policy/network/contract.ts';
import type { IdentityFault, SignatureDetail } from '../protocols/sigv4-error.ts';
import { AwsError } from './aws-error.ts';
import type { AccountPrincipal, Caller, Origin, Principal } from './caller.ts';

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
    /** Of the function that is given them as its own. */
    functionArn?: string;
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
   * Who is it? Throws IdentityError `unknown-key` for keys that mean nobody where they are used, `invalid-token` and
   * `expired-token` for credentials whose session token is not theirs or past its time, `missing` without a key.
   */
  identify(caller: Caller): { principal: Principal; origin: Origin };
  /** Whose key it is, and the secret it must sign with; undefined where nobody here knows the secret. */
  ownerOf(accessKeyId: string): KeyOwner | undefined;
}

export interface KeyOwner {
  readonly secretAccessKey: string;
  readonly principal: AccountPrincipal;
}

/** Nobody, or not who the request says: each service answers it in words of its own. */
export class IdentityError extends AwsError {
  readonly identityFault: IdentityFault;
  readonly detail: SignatureDetail;
  constructor(fault: keyof typeof SAID, detail: SignatureDetail = {}) {
    const [code, message] = SAID[fault];
    super(code, message, { statusCode: 403 });
    this.name = 'IdentityError';
    this.identityFault = fault;
    this.detail = detail;
  }
}

const SAID = {
  missing: ['MissingAuthenticationTokenException', 'Missing Authentication Token'],
  'unknown-key': ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  'invalid-token': ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  'expired-token': ['ExpiredTokenException', 'The security token included in the request is expired'],
} as const;
