import { suggest } from '../../template/names.ts';
import type { Json, JsonObject } from '../../template/stack.ts';
import { OPERATOR_NAMES, readOperator } from './operators.ts';

/**
 * A policy as it is kept: AWS's own shape, with what may be written in two ways always written in the longer one.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export interface PolicyDocument {
  readonly Version: '2012-10-17' | '2008-10-17';
  readonly Id?: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, readonly string[]>>;
  readonly NotPrincipal?: '*' | Readonly<Record<string, readonly string[]>>;
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  /** By operator, then by key. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/**
 * What a document may and must say. Boundaries and session policies have the form of identity policies; `resource` is the
 * policy of a secret, bucket, queue, function ….
 */
export type DocumentKind = 'identity' | 'trust' | 'resource' | 'endpoint' | 'key';

type Presence = 'required' | 'optional' | 'forbidden';

/** Whether a statement of each kind says whom it is about, and on what. */
const FORM: Readonly<Record<DocumentKind, { readonly principal: Presence; readonly resource: Presence }>> = {
  identity: { principal: 'forbidden', resource: 'required' },
  trust: { principal: 'required', resource: 'forbidden' },
  // Some services' policies are about their own resource anyway.
  resource: { principal: 'required', resource: 'optional' },
  endpoint: { principal: 'required', resource: 'required' },
  key: { principal: 'required', resource: 'required' },
};

/** What is wrong with a document, and where below it. AWS calls it MalformedPolicyDocument. */
export class MalformedPolicy extends Error {
  readonly path: readonly (string | number)[];
  constructor(message: string, path: readonly (string | number)[]) {
    super(message);
    this.name = 'MalformedPolicy';
    this.path = path;
  }
}

type Path = readonly (string | number)[];

const DOCUMENT_KEYS = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_KEYS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** Reads a document given as an object or as JSON text. Throws MalformedPolicy. */
export function readPolicy(value: Json | undefined, kind: DocumentKind): PolicyDocument {
  const document = typeof value === 'string' ? parse(value) : value;
  if (!isObject(document)) throw new MalformedPolicy('Syntax errors in policy: it must be an object', []);
  for (const key of Object.keys(document)) {
    if (!DOCUMENT_KEYS.has(key)) throw new MalformedPolicy(`Syntax errors in policy: unknown element ${key}`, [key]);
  }
  const { Version = '2008-10-17', Id, Statement } = document;
  if (Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw new MalformedPolicy(`The policy must contain a valid version string, not ${JSON.stringify(Version)}`, [
      'Version',
    ]);
  }
  const single = !Array.isArray(Statement);
  const statements = single ? [Statement] : Statement;
  if (Statement === undefined || statements.length === 0) {
    throw new MalformedPolicy('Syntax errors in policy: it has no Statement', []);
  }
  const read = statements.map((one, index) =>
    readStatement(one as Json, kind, single ? ['Statement'] : ['Statement', index]),
  );
  const sids = read.map(({ Sid }) => Sid);
  const repeated = sids.findIndex((sid, index) => sid && sids.indexOf(sid) < index);
  if (repeated >= 0 && isIams(kind)) {
    throw new MalformedPolicy('Statement IDs (SID) in a single policy must be unique.', ['Statement', repeated, 'Sid']);
  }
  return { Version, ...(typeof Id === 'string' && { Id }), Statement: read };
}

/** Other services let a Sid have spaces and more. */
const isIams = (kind: DocumentKind): boolean => kind === 'identity' || kind === 'trust';

function readSid(sid: Json | undefined, kind: DocumentKind, at: Path): string | undefined {
  if (typeof sid !== 'string') return undefined;
  if (isIams(kind) && !/^[0-9A-Za-z]*$/.test(sid)) {
    const rule = 'Statement IDs (SID) must be alpha-numeric.';
    const message = `${rule} Check that your input satisfies the regular expression [0-9A-Za-z]*`;
    throw new MalformedPolicy(message, [...at, 'Sid']);
  }
  return sid;
}

function readStatement(value: Json, kind: DocumentKind, at: Path): Statement {
  if (!isObject(value)) throw new MalformedPolicy('Syntax errors in policy: a Statement must be an object', at);
  for (const key of Object.keys(value)) {
    if (!STATEMENT_KEYS.has(key))
      throw new MalformedPolicy(`Syntax errors in policy: unknown element ${key}`, [...at, key]);
  }
  const { Effect, Condition } = value;
  const Sid = readSid(value.Sid, kind, at);
  if (Effect !== 'Allow' && Effect !== 'Deny') {
    throw new MalformedPolicy(`Effect must be Allow or Deny, not ${JSON.stringify(Effect)}`, [...at, 'Effect']);
  }
  exactlyOne(value, 'Action', 'NotAction', 'Policy statement must contain actions.', at);
  const form = FORM[kind];
  if (form.principal === 'forbidden') {
    if ('Principal' in value || 'NotPrincipal' in value) {
      throw new MalformedPolicy('Policy document should not specify a principal.', at);
    }
  } else exactlyOne(value, 'Principal', 'NotPrincipal', 'Missing required field Principal', at);
  if (form.resource === 'forbidden') {
    const field = ['Resource', 'NotResource'].find((name) => name in value);
    if (field) throw new MalformedPolicy('Has prohibited field Resource', [...at, field]);
    if ('NotPrincipal' in value)
      throw new MalformedPolicy('Has prohibited field NotPrincipal', [...at, 'NotPrincipal']);
  } else if (form.resource === 'required' || ('Resource' in value && 'NotResource' in value)) {
    exactlyOne(value, 'Resource', 'NotResource', 'Policy statement must contain resources.', at);
  }
  return {
    ...(Sid !== undefined && { Sid }),
    Effect,
    ...principals(value, 'Principal', at),
    ...principals(value, 'NotPrincipal', at),
    ...actions(value, 'Action', at),
    ...actions(value, 'NotAction', at),
    ...texts(value, 'Resource', at),
    ...texts(value, 'NotResource', at),
    ...(Condition !== undefined && { Condition: readCondition(Condition, [...at, 'Condition']) }),
  };
}

function exactlyOne(statement: JsonObject, one: string, other: string, missing: string, at: Path): void {
  const count = Number(one in statement) + Number(other in statement);
  if (count === 0) throw new MalformedPolicy(missing, at);
  if (count === 2) throw new MalformedPolicy(`Syntax errors in policy: ${one} and ${other} exclude each other`, at);
}

function texts<K extends string>(statement: JsonObject, key: K, at: Path): { [key in K]?: string[] } {
  if (!(key in statement)) return {};
  return { [key]: listOf(statement[key], [...at, key]) } as { [key in K]?: string[] };
}

/** `*`, or a service's prefix and a name: there is no action without a service. */
function actions<K extends string>(statement: JsonObject, key: K, at: Path): { [key in K]?: string[] } {
  if (!(key in statement)) return {};
  const where = [...at, key];
  const named = listOf(statement[key], where);
  if (named.length === 0) throw new MalformedPolicy('Policy statement must contain actions.', where);
  if (!named.every((action) => action === '*' || /^[\w-]+:./.test(action))) {
    throw new MalformedPolicy('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.', where);
  }
  return { [key]: named } as { [key in K]?: string[] };
}

const PRINCIPAL_KINDS = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

function principals<K extends string>(
  statement: JsonObject,
  key: K,
  at: Path,
): { [key in K]?: Statement['Principal'] } {
  if (!(key in statement)) return {};
  const value = statement[key];
  const where = [...at, key];
  if (value === '*') return { [key]: '*' } as { [key in K]?: '*' };
  if (!isObject(value)) throw new MalformedPolicy(`${key} must be "*" or a map of kinds to names`, where);
  const entries = Object.entries(value).map(([kind, one]) => {
    const names = listOf(one, [...where, kind]);
    // Part of a name is no principal: only everybody can be written with a star.
    const wrong = PRINCIPAL_KINDS.includes(kind) ? names.find((name) => name !== '*' && /[*?]/.test(name)) : names[0];
    if (wrong !== undefined) {
      throw new MalformedPolicy(`Invalid principal in policy: "${kind}":"${wrong}"`, [...where, kind]);
    }
    return [kind, names];
  });
  return { [key]: Object.fromEntries(entries) } as { [key in K]?: Statement['Principal'] };
}

function readCondition(value: Json, at: Path): Statement['Condition'] {
  if (!isObject(value)) throw new MalformedPolicy('Condition must be a map of operators', at);
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => {
      if (!readOperator(operator)) throw unknownOperator(operator, [...at, operator]);
      if (!isObject(keys)) throw new MalformedPolicy(`${operator} must be a map of condition keys`, [...at, operator]);
      const entries = Object.entries(keys).map(([key, values]) => [key, listOf(values, [...at, operator, key])]);
      return [operator, Object.fromEntries(entries) as Record<string, string[]>];
    }),
  );
}

function unknownOperator(operator: string, at: Path): MalformedPolicy {
  const [, set = '', base = ''] = /^(.*:)?(.*)$/.exec(operator) ?? [];
  const near = suggest(base.replace(/IfExists$/i, ''), OPERATOR_NAMES);
  const known = near && `; did you mean ${set}${near}${/IfExists$/i.test(base) ? 'IfExists' : ''}?`;
  return new MalformedPolicy(`Invalid Condition type : ${operator}${known ?? ''}`, at);
}

function listOf(value: Json | undefined, at: Path): string[] {
  return (Array.isArray(value) ? value : [value]).map((one) => {
    if (typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean') return String(one);
    throw new MalformedPolicy(`Syntax errors in policy: ${String(at.at(-1))} must be text or a list of texts`, at);
  });
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new MalformedPolicy('Syntax errors in policy: it is not JSON', []);
  }
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
