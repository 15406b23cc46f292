/** The files of a ticket that a model can read: small ones of text out of S3, mails as they were read when they arrived. */
import type { Files, SignedRequest } from '@app/shared/files';
import { objectKey } from '../../domain/attachment.ts';
import type { AttachedText } from '../../domain/draft.ts';
import type { ReadableAttachment } from './repository.ts';

export interface Dependencies {
  readonly files: Pick<Files, 'downloadRequest'>;
  readonly fetch: typeof globalThis.fetch;
  /** Of the layer's tracing; the request has no client of the SDK that would be traced by itself. */
  readonly trace: <T>(
    name: string,
    work: (note: (details: object) => void) => Promise<T>,
    details: object,
  ) => Promise<T>;
  readonly bucket: string;
  readonly largestBytes: number;
  /** A draft without the file is better than none: what could not be read is told, and left out. */
  readonly onMissing: (attachmentId: string, why: string) => void;
}

/** For each; S3 answers within its own datacentre, or something is wrong. */
const TIMEOUT_MS = 3_000;

export function attachedTexts({ files, fetch, trace, bucket, largestBytes, onMissing }: Dependencies) {
  /** In a trace as the SDK's own GetObject is, but for the key: it has the ticket's id in it. */
  function get(url: string, headers: SignedRequest['headers']): Promise<Response> {
    const call = { namespace: 'aws', aws: { operation: 'GetObject', bucket_name: bucket } };
    const work = async (note: (details: object) => void) => {
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const { status } = answer;
      note({ http: { response: { status } }, ...(status >= 500 ? { fault: true } : status >= 400 && { error: true }) });
      return answer;
    };
    return trace('S3', work, call);
  }

  async function read(attachment: ReadableAttachment): Promise<AttachedText | undefined> {
    const { fileName, contentType, id, extractedText } = attachment;
    if (extractedText !== null) return { fileName, text: extractedText };
    try {
      const { url, headers } = await files.downloadRequest({ key: objectKey(attachment), fileName, contentType });
      const answer = await get(url, headers);
      // Who may not list a bucket is not told whether a file is missing (404) or forbidden (403): announced, not sent yet.
      if (!answer.ok) {
        await answer.body?.cancel();
        onMissing(id, `S3 answered ${answer.status}`);
        return undefined;
      }
      const bytes = await answer.arrayBuffer();
      if (bytes.byteLength > largestBytes) {
        onMissing(id, 'it is larger than it was announced');
        return undefined;
      }
      return { fileName, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch (error) {
      onMissing(id, error instanceof TypeError ? 'it is no text, or S3 is not within reach' : (error as Error).name);
      return undefined;
    }
  }

  return async (attachments: readonly ReadableAttachment[]): Promise<AttachedText[]> => {
    const texts = await Promise.all(attachments.map(read));
    return texts.filter((text) => text !== undefined);
  };
}
