/**
 * Who calls, and from where. A caller is what stands at the door; a principal is what the identify door made of it.
 */
import type { Placement } from '../policy/network/contract.ts';

/** What arrives at the first door. */
export type Caller =
  /** A client outside every execution environment (AWS CLI, SDK in a test, `sam local`'s container). */
  | { readonly kind: 'client'; readonly accessKeyId?: string; readonly sessionToken?: string }
  /** A function's process: known by the socket it came through, whatever key signed the request. */
  | {
      readonly kind: 'environment';
      readonly environmentId: string;
      readonly accessKeyId?: string;
      readonly sessionToken?: string;
      /** The signature is part of a URL or a form, which is its maker's request whoever sends it. */
      readonly presigned?: true;
    }
  /** An unsigned request to something that may be public; from inside when there is an environment. */
  | { readonly kind: 'anonymous'; readonly environmentId?: string }
  /**
   * One service calling another in its own name, e.g. API Gateway invoking a function: only the policy of the resource
   * that is called can allow it.
   */
  | {
      readonly kind: 'service';
      readonly service: string;
      readonly sourceArn?: string;
      readonly sourceAccount?: string;
      /** Of the function that uses a URL which the service presigned: the service asks, by the function's way. */
      readonly environmentId?: string;
    }
  /**
   * A service in a role it was given, e.g. Lambda delivering to a destination as the function's execution role, RDS
   * Proxy reading its secrets: the role must trust the service, and its policies decide.
   */
  | {
      readonly kind: 'role';
      readonly roleArn: string;
      /** e.g. `lambda.amazonaws.com` */
      readonly service: string;
      readonly sessionName: string;
      readonly sourceArn?: string;
      readonly sourceAccount?: string;
    }
  /**
   * What AWS does by a service-linked role of its own, or with the permissions of whoever deploys: no policy of the
   * account is asked.
   */
  | { readonly kind: 'internal'; readonly service: string };

export type Principal =
  | { readonly kind: 'administrator'; readonly arn: string; readonly accountId: string; readonly userId: string }
  | {
      readonly kind: 'role-session';
      /** arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION */
      readonly arn: string;
      readonly roleArn: string;
      readonly accountId: string;
      /** AROA…:SESSION */
      readonly userId: string;
      /** Of a session narrowed by `AssumeRole`: the policies' JSON texts, and ARNs of managed ones. */
      readonly sessionPolicies?: { readonly inline?: string; readonly arns?: readonly string[] };
      /** Session tags, which count as tags of the principal. */
      readonly tags?: Readonly<Record<string, string>>;
      /** Those of the tags that go along when this session assumes another role. */
      readonly transitiveTagKeys?: readonly string[];
      /** Who is behind the session, as `AssumeRole` was told; it stays with every role assumed from here. */
      readonly sourceIdentity?: string;
      /** The service that took the role, where one did. */
      readonly invokedBy?: string;
      /** For what that service acts: a role's trust policy may ask. */
      readonly sourceArn?: string;
      readonly sourceAccount?: string;
      /** ms since 1970, of the credentials; `aws:TokenIssueTime`. */
      readonly issuedAt?: number;
      /** Of the function whose credentials these are: `lambda:SourceFunctionArn`. */
      readonly functionArn?: string;
    }
  /** `service` is the principal's name, e.g. `apigateway.amazonaws.com`. */
  | {
      readonly kind: 'service';
      readonly service: string;
      readonly sourceArn?: string;
      readonly sourceAccount?: string;
    }
  /** See `Caller`: nothing is asked. */
  | { readonly kind: 'internal'; readonly service: string }
  /** An unsigned request to something that may be public. */
  | { readonly kind: 'anonymous' };

/** Where the call comes from: what the reach door decides on. */
export type Origin =
  | { readonly kind: 'outside' }
  | {
      readonly kind: 'environment';
      readonly environmentId: string;
      readonly functionArn: string;
      readonly placement?: Placement;
      /** What is asked was signed by somebody else and only sent from here: no use of the function's own permissions. */
      readonly bearer?: true;
    }
  | { readonly kind: 'inside'; readonly service: string };

/** Of a principal that is no account's, its service's name. */
export function arnOf(principal: Principal): string {
  if (principal.kind === 'service' || principal.kind === 'internal') return principal.service;
  return principal.kind === 'anonymous' ? 'anonymous' : principal.arn;
}

/** Administrators and role sessions: those that belong to an account and sign requests. */
export type AccountPrincipal = Extract<Principal, { accountId: string }>;

export function isOfAccount(principal: Principal): principal is AccountPrincipal {
  return principal.kind === 'administrator' || principal.kind === 'role-session';
}
