/** What an S3 operation has to know of the HTTP request behind its input, besides the input's own members. */

export interface S3RequestFacts {
  /** `s3:authType`; absent: the request was not signed. */
  readonly authType?: 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST';
  /** When it was signed, ms since 1970. */
  readonly signedAt?: number;
  /** `x-amz-content-sha256`, where the request has it. */
  readonly contentSha256?: string;
  /** `x-amz-…` headers that conditions may ask for, and `x-amz-trailer`, names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What came after the body, once it has been read. */
  readonly trailers: () => readonly (readonly [string, string])[];
  /** Bytes of the body without its coding, where the request says. */
  readonly contentLength?: number;
}

/** Under which an input has them: no member of AWS's model can be mistaken for it. */
export const REQUEST = Symbol('the request of an S3 operation');

/** Under which an output has a status that is not its operation's usual one, such as 206. */
export const STATUS = Symbol('the status of an S3 answer');

/** Under which an output has headers that AWS's model does not have. */
export const HEADERS = Symbol('further headers of an S3 answer');

/** Undefined for what another service asks for. */
export function factsOf(input: object): S3RequestFacts | undefined {
  return (input as { [REQUEST]?: S3RequestFacts })[REQUEST];
}
