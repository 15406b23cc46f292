/** Text → nodes by the `yaml` package: reads all of YAML 1.2's syntax, and says what is wrong with the rest. */
import { Composer, isAlias, isMap, isScalar, isSeq, type ParsedNode, Parser, type YAMLError } from 'yaml';
import { MAXIMUM_DEPTH, type YamlNode } from './node.ts';

export interface SyntaxProblem {
  readonly code: string;
  readonly message: string;
  readonly offset: number;
}

export type CarefulResult =
  | { readonly kind: 'read'; readonly root: YamlNode | null }
  | { readonly kind: 'refused'; readonly problems: readonly SyntaxProblem[] };

export function readCarefully(text: string): CarefulResult {
  const tokens = [...new Parser().parse(text)];
  const tooDeepAt = firstTooDeep(tokens);
  if (tooDeepAt !== undefined) {
    const message = `nested more than ${MAXIMUM_DEPTH} levels deep`;
    return { kind: 'refused', problems: [{ code: 'nested-too-deeply', message, offset: tooDeepAt }] };
  }
  const documents = [...new Composer(OPTIONS).compose(tokens, true, text.length)];
  const problems = withoutFollowers(documents.flatMap(({ errors }) => errors)).map(syntaxProblem);
  if (documents.length > 1) {
    const message = 'a template is one YAML document, a second one starts here';
    problems.push({ code: 'several-documents', message, offset: documents[1]!.range[0] });
  }
  if (problems.length > 0) return { kind: 'refused', problems };
  return { kind: 'read', root: nodeOf(documents[0]!.contents, text) };
}

/** Scalars stay text (`failsafe`): which of them are numbers is for YAML 1.1 to say, not for the parser's YAML 1.2. */
const OPTIONS = {
  schema: 'failsafe',
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
  strict: true,
} as const;

interface Token {
  readonly offset: number;
  readonly value?: unknown;
  readonly items?: readonly { readonly key?: unknown; readonly value?: unknown }[];
}

/** Walks the tokens with a counter, because composing nested ones recurses. */
function firstTooDeep(tokens: readonly unknown[]): number | undefined {
  const pending = tokens.map((token) => ({ token: token as Token, depth: 0 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > MAXIMUM_DEPTH) return token.offset;
    // A document's `value` is a token; a scalar's is text.
    if (typeof token.value === 'object' && token.value !== null) pending.push({ token: token.value as Token, depth });
    for (const { key, value } of token.items ?? []) {
      if (key) pending.push({ token: key as Token, depth: depth + 1 });
      if (value) pending.push({ token: value as Token, depth: depth + 1 });
    }
  }
  return undefined;
}

/** Once one token is out of place, so are all that follow it. */
function withoutFollowers(errors: readonly YAMLError[]): readonly YAMLError[] {
  return errors.filter(({ code }, at) => at === 0 || code !== 'UNEXPECTED_TOKEN');
}

/** The parser's findings in words that say what to do. */
function syntaxProblem(error: YAMLError): SyntaxProblem {
  const offset = error.pos[0];
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { code: 'tab-indentation', message: 'YAML is indented by spaces, this is a tab', offset };
    case 'MULTIPLE_TAGS': {
      const message = 'one short form cannot follow another directly: write the outer one as Fn::Name:';
      return { code: 'two-tags', message, offset };
    }
    default:
      return { code: 'yaml-syntax', message: error.message, offset };
  }
}

function nodeOf(node: ParsedNode | null, text: string): YamlNode | null {
  if (node === null) return null;
  const start = node.range[0];
  if (isAlias(node)) return { kind: 'alias', name: node.source, start, at: start };
  const tag = node.tag === undefined ? undefined : shortTag(node.tag);
  const placed = {
    start,
    at: tagStart(tag, start, text),
    ...(tag && { tag }),
    ...(node.anchor && { anchor: node.anchor }),
  };
  if (isMap(node)) {
    const entries = node.items.map((pair) => {
      return [nodeOf(pair.key as ParsedNode | null, text), nodeOf(pair.value as ParsedNode | null, text)] as const;
    });
    return { kind: 'map', ...placed, entries };
  }
  if (isSeq(node))
    return { kind: 'list', ...placed, items: node.items.map((item) => nodeOf(item as ParsedNode, text)) };
  const scalar = isScalar(node) ? String(node.source ?? '') : '';
  const plain = isScalar(node) && node.type === 'PLAIN';
  if (plain && scalar === '' && tag === undefined && node.anchor === undefined) return null;
  return { kind: 'scalar', ...placed, text: scalar, plain, end: node.range[1] };
}

const YAML_TAG = 'tag:yaml.org,2002:';

function shortTag(tag: string): string {
  return tag.startsWith(YAML_TAG) ? `!!${tag.slice(YAML_TAG.length)}` : tag;
}

/** Between a tag and its node there is only space: the nearest one before is it. */
function tagStart(tag: string | undefined, start: number, text: string): number {
  const found = tag === undefined ? -1 : text.lastIndexOf(tag, start);
  return found < 0 ? start : found;
}
