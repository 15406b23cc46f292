/** JSON text ⇄ values, without losing digits of numbers that do not fit a double. */
import { serializationError } from './wire-error.ts';

/** A number of the text that is kept as it was written. */
export class WideNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** Only a number of so many digits can lose something; the slower way is taken for texts that look as if they had one. */
const MANY_DIGITS = /(?:^|[:,[\s])-?[0-9.]{16}/;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** An empty body is an empty object, as AWS reads it. Throws SerializationException. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  try {
    const text = utf8.decode(bytes);
    return MANY_DIGITS.test(text) ? (JSON.parse(text, keepDigits) as unknown) : (JSON.parse(text) as unknown);
  } catch (error) {
    throw serializationError(`The request body is not valid JSON in UTF-8: ${(error as Error).message}`);
  }
}

function keepDigits(_key: string, value: unknown, context?: { source: string }): unknown {
  if (typeof value !== 'number' || !context) return value;
  return String(value) === context.source ? value : new WideNumber(context.source);
}
