/** Matching ARNs, as `Resource` does it and as the Arn condition operators do it: not in the same way. */
import type { RequestKeys } from './contract.ts';
import { fill, readTemplate } from './variables.ts';
import { ANY, type Glob, globOf, matchesGlob, type Token, tokensOf } from './wildcard.ts';

/** A value that can be held against a text of the request. `undefined`: a variable of it has no value. */
export type Matcher = (text: string, keys: RequestKeys) => boolean | undefined;

/** The six parts of an ARN; what comes after the fifth colon is one. Undefined for what is no ARN. */
export function arnParts(text: string): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  for (let count = 0; count < 5; count++) {
    const colon = text.indexOf(':', start);
    if (colon < 0) return undefined;
    parts.push(text.slice(start, colon));
    start = colon + 1;
  }
  parts.push(text.slice(start));
  return parts;
}

/**
 * A pattern of `Resource` or `NotResource`. A wildcard in one of the first five parts stays in its part, unless it is a
 * star at the part's end, which may run over colons; in the last part wildcards match anything.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function resourceMatcher(pattern: string, variables: boolean): Matcher {
  if (pattern === '*') return () => true;
  const template = variables ? readTemplate(pattern, true) : undefined;
  if (template) {
    return (text, keys) => {
      const tokens = fill(template, keys);
      return tokens && matchesResource(tokens, text);
    };
  }
  const tokens = tokensOf(pattern);
  if (wildcardsStay(tokens)) return (text) => matchesResource(tokens, text);
  const glob = globOf(tokens);
  return (text) => matchesGlob(glob, text);
}

function matchesResource(tokens: readonly Token[], text: string): boolean {
  if (!matchesGlob(globOf(tokens), text)) return false;
  if (!wildcardsStay(tokens)) return true;
  // Both are now taken part by part, up to the first part whose last character is a star: it runs over colons.
  const parts = tokenParts(tokens);
  const open = parts.slice(0, 5).findIndex((part) => part.at(-1) === ANY);
  const whole = open < 0 ? 5 : open;
  const texts = arnParts(text);
  return (
    texts !== undefined && parts.slice(0, whole).every((part, at) => matchesGlob(globOf(part), texts[at] as string))
  );
}

/** Whether a wildcard stands in the first five parts anywhere but at a part's end: the rare case that needs parts. */
function wildcardsStay(tokens: readonly Token[]): boolean {
  for (const part of tokenParts(tokens).slice(0, 5)) {
    if (part.slice(0, -1).some((token) => typeof token === 'symbol')) return true;
    if (part.at(-1) === ANY) return false;
    if (typeof part.at(-1) === 'symbol') return true;
  }
  return false;
}

/** Cuts at the first five colons that stand in text. */
function tokenParts(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (typeof token === 'symbol') {
      parts.at(-1)?.push(token);
      continue;
    }
    let rest = token;
    for (let colon = rest.indexOf(':'); colon >= 0 && parts.length < 6; colon = rest.indexOf(':')) {
      if (colon > 0) parts.at(-1)?.push(rest.slice(0, colon));
      parts.push([]);
      rest = rest.slice(colon + 1);
    }
    if (rest !== '') parts.at(-1)?.push(rest);
  }
  return parts;
}

/**
 * A value of ArnEquals, ArnLike and their opposites: each of the six parts is matched by itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function arnMatcher(pattern: string, variables: boolean): Matcher {
  const template = variables ? readTemplate(pattern, true) : undefined;
  if (template) {
    return (text, keys) => {
      const tokens = fill(template, keys);
      return tokens && matchesParts(partGlobs(tokens), text);
    };
  }
  const globs = partGlobs(tokensOf(pattern));
  return (text) => matchesParts(globs, text);
}

/** A lone star stands for every ARN. */
function partGlobs(tokens: readonly Token[]): Glob[] {
  const parts =
    tokens.length === 1 && tokens[0] === ANY ? Array.from({ length: 6 }, () => [ANY] as Token[]) : tokenParts(tokens);
  return parts.map(globOf);
}

function matchesParts(globs: readonly Glob[], text: string): boolean {
  if (globs.length !== 6) return false;
  const parts = arnParts(text);
  return parts?.[0] === 'arn' && globs.every((glob, at) => matchesGlob(glob, parts[at] as string));
}
