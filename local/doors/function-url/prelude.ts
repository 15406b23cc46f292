/**
 * The beginning of a streamed response: JSON with status, headers and cookies, then eight NUL bytes, then the body.
 * https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html
 */
import { splitPrelude } from '../../protocols/http-prelude.ts';
import { parsePrelude, type ResponseHead, readHead } from './response.ts';

/** The runtime's word for a stream that begins so. */
export const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response';

/** More than any headers need: without an end by then there is none. */
const LONGEST_PRELUDE = 1024 * 1024;

export interface StreamedResponse extends ResponseHead {
  /** What follows the prelude, the rest of its last chunk first. */
  readonly body: AsyncGenerator<Uint8Array>;
}

/** Reads as far as the prelude goes. Resolves with undefined when there is none where one was announced. */
export async function readStream(
  contentType: string,
  chunks: AsyncGenerator<Uint8Array>,
): Promise<StreamedResponse | undefined> {
  if (contentType !== HTTP_INTEGRATION) {
    return { statusCode: 200, headers: [['Content-Type', contentType]], body: chunks };
  }
  const split = await splitPrelude(chunks, LONGEST_PRELUDE);
  const prelude = split && parsePrelude(split.prelude);
  const head = prelude && readHead(prelude);
  if (head) return { ...head, body: split.body };
  await chunks.return(undefined);
  return undefined;
}
