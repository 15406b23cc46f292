/**
 * What this room is asked, and what it answers. Pure: it knows policies and a request, and neither services nor store.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { PolicyDocument } from './document.ts';

/** Where a template has a value. The line is looked up when it is told: the file may have changed since. */
export interface TemplatePlace {
  readonly stackName: string;
  readonly logicalId: string;
  /** Below the resource's `Properties`, e.g. `['Policies', 0, 'PolicyDocument']`. */
  readonly path: readonly (string | number)[];
}

/** Which part of the evaluation a policy takes part in. */
export type PolicyKind = 'identity' | 'boundary' | 'session' | 'resource' | 'key' | 'trust' | 'endpoint';

export interface PolicySource {
  readonly kind: PolicyKind;
  /** For people: `inline policy Tickets of role help-desk-TicketsRole-1AB`, `AWS's policy AWSLambdaBasicExecutionRole`. */
  readonly name: string;
  readonly arn?: string;
  /** Of the document; absent for AWS's own policies and for what came by an API call. */
  readonly place?: TemplatePlace;
}

export interface Policy {
  readonly document: PolicyDocument;
  readonly source: PolicySource;
}

/** One statement of a policy; `place` of the source and `['Statement', index]` lead to its line. */
export interface StatementRef {
  readonly source: PolicySource;
  readonly index: number;
  readonly sid?: string;
}

/** Condition keys in lower case: IAM does not tell `AWS:SourceArn` from `aws:SourceArn`. Absent: the request has no such key. */
export type RequestKeys = Readonly<Record<string, string | readonly string[]>>;

/** Who asks, as policies see it. */
export type Requester =
  /** The account's administrator: what is not denied, or left to a key policy that leaves the account out, is allowed. */
  | { readonly kind: 'root'; readonly accountId: string; readonly arn: string }
  | {
      readonly kind: 'role-session';
      /** arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION */
      readonly arn: string;
      readonly roleArn: string;
      readonly accountId: string;
      /** AROA…:SESSION */
      readonly userId: string;
    }
  /** `lambda.amazonaws.com`, acting in its own name: only a resource's policy can allow it anything. */
  | { readonly kind: 'service'; readonly service: string }
  /** Nobody in particular, e.g. an unsigned request. */
  | { readonly kind: 'anonymous' };

export interface AuthorizationRequest {
  readonly requester: Requester;
  /** e.g. `secretsmanager:GetSecretValue` */
  readonly action: string;
  /** ARN, or `*` where the action has none. */
  readonly resource: string;
  /** Whose the resource is; the requester's own account when it is not known. */
  readonly resourceAccountId: string;
  readonly keys: RequestKeys;
}

/** Everything that has a say in one request. An empty list is not the same as an absent one. */
export interface PolicySet {
  readonly identity: readonly Policy[];
  /** Absent: the requester has no boundary. */
  readonly boundary?: readonly Policy[];
  /** Absent: the session was not narrowed. */
  readonly session?: readonly Policy[];
  /**
   * Absent: the resource has no policy (or cannot have one). For a KMS key its key policy, of kind `key`; for
   * `sts:AssumeRole` the trust policy, of kind `trust`.
   */
  readonly resource?: readonly Policy[];
  /** Absent: the request did not come through a VPC endpoint. */
  readonly endpoint?: readonly Policy[];
}

/** One step of AWS's flow, for `sampan explain`. */
export interface EvaluationStep {
  readonly kind: PolicyKind | 'explicit-deny';
  readonly outcome: 'allow' | 'deny' | 'no-match' | 'not-present';
  /** One sentence. */
  readonly note: string;
  /** Every statement looked at, with the reason why it does or does not apply. */
  readonly statements: readonly {
    readonly ref: StatementRef;
    readonly effect: 'Allow' | 'Deny';
    readonly applies: boolean;
    /** e.g. `Action does not match`, `Condition StringEquals kms:ViaService: the request has no such key`. */
    readonly because: string;
  }[];
}

export type Decision =
  | { readonly kind: 'allowed'; readonly deciding?: StatementRef; readonly because: string }
  | {
      readonly kind: 'denied';
      /** A Deny statement, rather than the lack of an Allow. */
      readonly explicit: boolean;
      /** The kind of policy that denied, or whose Allow is missing. */
      readonly by: PolicyKind;
      readonly deciding?: StatementRef;
      /** Where an Allow is missing, the statement that came closest to being it. */
      readonly nearest?: StatementRef;
      /** One sentence without line numbers: whoever prints it adds them from `deciding`. */
      readonly because: string;
    };
