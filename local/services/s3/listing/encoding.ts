/** `encoding-type=url`: keys may have characters that XML has not. */
import { invalidArgument } from '../errors.ts';

export type Encode = (text: string) => string;

/** Throws InvalidArgument. */
export function encodingOf(type: string | undefined): { readonly encode: Encode; readonly EncodingType?: string } {
  if (type === undefined) return { encode: (text) => text };
  if (type !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type);
  return { encode: urlEncoded, EncodingType: 'url' };
}

/** As S3 writes it: blanks as plus signs, slashes as they are. */
function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}
