/**
 * Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'nobody'}`, and `${*}`, `${?}`, `${$}` for the characters
 * themselves. They are such only in policies of version 2012-10-17.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
import type { RequestKeys } from './contract.ts';
import { type Token, tokensOf } from './wildcard.ts';

interface Variable {
  /** Lower case. */
  readonly key: string;
  readonly fallback?: string;
}

/** Text with variables in it. */
export type Template = readonly (Token | Variable)[];

const VARIABLE = /\$\{([^{}]*)\}/g;
const WITH_FALLBACK = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/;

/** @param wildcards whether `*` and `?` outside of variables are wildcards. Undefined for text without variables. */
export function readTemplate(text: string, wildcards: boolean): Template | undefined {
  if (!text.includes('${')) return undefined;
  const parts: (Token | Variable)[] = [];
  let position = 0;
  const plain = (part: string) => {
    if (part !== '') parts.push(...(wildcards ? tokensOf(part) : [part]));
  };
  for (const found of text.matchAll(VARIABLE)) {
    const name = found[1] as string;
    const read = WITH_FALLBACK.exec(name);
    plain(text.slice(position, found.index));
    position = found.index + found[0].length;
    if (name === '*' || name === '?' || name === '$') parts.push(name);
    else if (read)
      parts.push({ key: read[1]?.toLowerCase() ?? '', ...(read[2] !== undefined && { fallback: read[2] }) });
    // Not of a variable's form: it stands for itself.
    else plain(found[0]);
  }
  plain(text.slice(position));
  return parts;
}

/**
 * Puts the request's values in; what they contain is text, never a wildcard. Undefined when the request has no such key,
 * or several values of it, and the policy gives no default: nothing can match then.
 */
export function fill(template: Template, keys: RequestKeys): Token[] | undefined {
  const tokens: Token[] = [];
  for (const part of template) {
    if (typeof part !== 'object') {
      tokens.push(part);
      continue;
    }
    const value = singleValue(keys, part.key) ?? part.fallback;
    if (value === undefined) return undefined;
    tokens.push(value);
  }
  return tokens;
}

function singleValue(keys: RequestKeys, key: string): string | undefined {
  const value = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (typeof value === 'string' || value === undefined) return value;
  return value.length === 1 ? value[0] : undefined;
}
