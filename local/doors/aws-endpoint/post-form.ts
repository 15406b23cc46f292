/** A form as browsers send it, read as far as its file, which then comes as a stream. */

import { PassThrough, Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { AwsError } from '../../kernel/aws-error.ts';
import type { FormFields } from '../../protocols/index.ts';

export interface PostedForm {
  readonly fields: FormFields;
  readonly fileName: string;
  readonly file: Readable;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html */
const MOST_FIELD_BYTES = 20 * 1024;

/** Rejects with AwsError; `body` is then nobody's. */
export function readForm(body: Readable, contentType: string): Promise<PostedForm> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>();
    let size = 0;
    let file: Readable | undefined;
    const fail = (error: Error): void => {
      if (file) file.destroy(error);
      else reject(error);
    };
    let parser: InstanceType<typeof Busboy>;
    try {
      parser = new Busboy({
        headers: { 'content-type': contentType },
        isPartAFile: (name) => name === 'file',
        limits: { fieldSize: MOST_FIELD_BYTES, fields: 100, parts: 120, files: 1 },
      });
    } catch {
      reject(malformed());
      return;
    }
    parser.on('field', (name: string | undefined, value) => {
      if (file) return;
      if (name === undefined) {
        fail(malformed());
        return;
      }
      size += name.length + value.length;
      if (size > MOST_FIELD_BYTES) {
        fail(
          new AwsError(
            'MaxPostPreDataLengthExceededError',
            'Your POST request fields preceding the upload file were too large.',
          ),
        );
      } else fields.set(name.toLowerCase(), value);
    });
    parser.on('file', (_name, stream, fileName) => {
      file = independent(stream);
      resolve({ fields, fileName: baseName(fileName ?? ''), file });
    });
    parser.on('error', () => fail(malformed()));
    parser.on('finish', () => {
      if (!file)
        fail(
          new AwsError('InvalidArgument', 'POST requires exactly one file upload per request.', {
            members: { ArgumentName: 'file', ArgumentValue: '0' },
          }),
        );
    });
    body.once('error', fail);
    body.once('close', () => {
      if (!body.readableEnded) fail(new AwsError('IncompleteBody', 'The request body terminated unexpectedly'));
    });
    body.pipe(parser);
  });
}

/**
 * The parser's own stream ends the process when it breaks off while nobody reads it: whoever has refused the form by then
 * does not. What is not read any more is thrown away, so that the parser gets to the end.
 */
function independent(part: Readable): Readable {
  const file = new PassThrough();
  file.on('error', () => {});
  file.once('close', () => part.resume());
  part.once('error', () => file.destroy(malformed()));
  return part.pipe(file);
}

/** Some browsers send the whole path. */
function baseName(fileName: string): string {
  return fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
}

function malformed(): AwsError {
  return new AwsError('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.');
}

/** As it comes; fails where it is longer or shorter than it may be. */
export function withinRange(file: Readable, range: { readonly minimum: number; readonly maximum: number }): Readable {
  return Readable.from(checked(file, range), { objectMode: false });
}

async function* checked(file: Readable, { minimum, maximum }: { minimum: number; maximum: number }) {
  let size = 0;
  for await (const piece of file as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > maximum)
      throw outside('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', size, {
        MaxSizeAllowed: String(maximum),
      });
    yield piece;
  }
  if (size < minimum)
    throw outside('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', size, {
      MinSizeAllowed: String(minimum),
    });
}

const outside = (code: string, message: string, size: number, members: Record<string, string>): AwsError =>
  new AwsError(code, message, { members: { ProposedSize: String(size), ...members } });
