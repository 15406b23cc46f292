/**
 * Which custom resources' answers are waited for. On AWS an answer is an object in a bucket of CloudFormation's own,
 * behind a URL that CloudFormation presigned; here it is good for one answer.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { RequestIdentity } from './custom-resource-response.ts';

/** What an answer is waited for with. */
export interface Expected {
  /** Path and query of the presigned URL, below its host. */
  readonly target: string;
  /** Resolves with the body of the PUT, whatever it is. */
  readonly body: Promise<Uint8Array>;
  /** Nobody waits any more. */
  cancel(): void;
}

export interface ResponseInbox {
  /** @param now ms since 1970 */
  expect(request: RequestIdentity, now: number): Expected;
  /** Whether a URL of this object key (as in its path) has the signature of one that is waited for. */
  knows(key: string, signature: string): boolean;
  /** False when nobody waits for it any more. */
  deliver(key: string, body: Uint8Array): boolean;
}

interface Waiting {
  readonly signature: string;
  readonly deliver: (body: Uint8Array) => void;
}

/** Seconds; as CloudFormation's URLs. */
const VALID_FOR = 7200;

export function createResponseInbox(): ResponseInbox {
  const waiting = new Map<string, Waiting>();

  return {
    expect({ StackId, LogicalResourceId, RequestId }, now) {
      const key = encodeURIComponent(`${StackId}|${LogicalResourceId}|${RequestId}`);
      const signature = randomBytes(20).toString('base64url');
      const query = new URLSearchParams({
        AWSAccessKeyId: 'ASIASAMPANRESPONSE',
        Expires: String(Math.floor(now / 1000) + VALID_FOR),
        Signature: signature,
      });
      const body = new Promise<Uint8Array>((deliver) => waiting.set(key, { signature, deliver }));
      return { target: `${key}?${query}`, body, cancel: () => void waiting.delete(key) };
    },
    knows(key, signature) {
      const known = waiting.get(key);
      return known !== undefined && equal(known.signature, signature);
    },
    deliver(key, body) {
      const known = waiting.get(key);
      waiting.delete(key);
      known?.deliver(body);
      return known !== undefined;
    },
  };
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
