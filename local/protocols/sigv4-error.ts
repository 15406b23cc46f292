/** Everything that can be wrong with how a request says who it is from, before anybody asks what it may. */
import { ProtocolError } from './wire-error.ts';

export type IdentityFault =
  /** Not signed at all. */
  | 'missing'
  /** Half a signature, or one that cannot be read. */
  | 'incomplete'
  /** Signed in the header and in the query. */
  | 'twice'
  /** By another algorithm than AWS4-HMAC-SHA256. */
  | 'algorithm'
  /** A key nobody was given. */
  | 'unknown-key'
  /** A session token that is missing, or not this key's. */
  | 'invalid-token'
  | 'expired-token'
  /** Of a header's signature: more than 15 minutes old, or from the future. */
  | 'skewed'
  | 'not-yet-current'
  /** Of a presigned request: past its own time, or good for longer than a week. */
  | 'presigned-expired'
  | 'presigned-lifetime'
  /** For another day, Region or service. */
  | 'scope'
  | 'unsigned-header'
  /** The body is not the one that was signed; or it was to be signed, and was not. */
  | 'payload'
  | 'unsigned-payload'
  | 'mismatch';

/** What S3 tells besides the sentence; the other services tell nothing more. */
export interface SignatureDetail {
  readonly presigned?: boolean;
  readonly accessKeyId?: string;
  readonly signature?: string;
  readonly stringToSign?: string;
  readonly canonicalRequest?: string;
  readonly region?: string;
  readonly expectedRegion?: string;
  readonly unsignedHeaders?: readonly string[];
  readonly claimedHash?: string;
  readonly computedHash?: string;
  /** ms since 1970 */
  readonly now?: number;
  readonly signedAt?: number;
  /** Seconds. */
  readonly expires?: number;
}

/**
 * Code and status are those of the query protocols, where nobody says it in the words of the service that was called:
 * `identity-errors.ts` does.
 */
export class SignatureError extends ProtocolError {
  readonly identityFault: IdentityFault;
  readonly detail: SignatureDetail;

  constructor(fault: IdentityFault, message: string, detail: SignatureDetail = {}) {
    const incomplete = fault === 'incomplete' || fault === 'algorithm' || fault === 'presigned-lifetime';
    super(incomplete ? 'IncompleteSignature' : 'SignatureDoesNotMatch', message, incomplete ? 400 : 403);
    this.name = 'SignatureError';
    this.identityFault = fault;
    this.detail = detail;
  }
}
