/** What a function's code says it does, as far as it can be read without running it. */

/** A place in the code, for people. */
export interface CodePlace {
  readonly file: string;
  readonly line: number;
}

/** What stands in the code where a resource is named. */
export type CodeValue =
  | { readonly kind: 'constant'; readonly text: string }
  /** `process.env.NAME` */
  | { readonly kind: 'variable'; readonly name: string }
  /** Known only while the code runs. */
  | { readonly kind: 'dynamic' };

/** How sure it is that the call is made: it stands in the function's own code, or in a package that the code uses. */
export type CallBasis =
  | 'code'
  /** In the function's own code, which also makes a client of the service with other credentials than the role's. */
  | 'lent'
  | 'package'
  | 'constant';

export interface SdkCall {
  /** Name of the endpoint, as VPC endpoints have it: `secretsmanager`, `bedrock-runtime`, `monitoring`. */
  readonly endpoint: string;
  /** What IAM asks for; every one of them. Empty: the call needs no permission. */
  readonly actions: readonly string[];
  readonly operation: string;
  readonly basis: CallBasis;
  /** The input's member that names the resource (`TableName`), with what it is. */
  readonly resource: { readonly member: string; readonly value: CodeValue } | undefined;
  /** Only signed: whoever is given the URL sends the request, from wherever they are. */
  readonly presigned?: true;
  readonly at?: CodePlace;
}

/** A connection to a name that stands in the code. */
export interface HostCall {
  readonly hostname: string;
  readonly port: number;
  readonly at?: CodePlace;
}

export type CodeReading =
  | {
      readonly kind: 'read';
      readonly calls: readonly SdkCall[];
      readonly hosts: readonly HostCall[];
      /** Names of environment variables that the code mentions. */
      readonly variables: readonly string[];
      /** What could not be followed: a package that is not here, an SDK client nobody knows. */
      readonly gaps: readonly string[];
    }
  | { readonly kind: 'unread'; readonly why: string };
