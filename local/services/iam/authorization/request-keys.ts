/**
 * The global condition keys that a call here has.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
import type { Principal } from '../../../kernel/caller.ts';
import type { CallContext, Requirement, ResourceFacts } from '../../../kernel/service.ts';
import type { RequestKeys } from '../../../policy/iam/contract.ts';
import type { Role } from '../records.ts';

type Keys = Record<string, string | readonly string[]>;

export interface Asked {
  readonly principal: Principal;
  readonly requirement: Requirement;
  readonly call: CallContext & { readonly service: string };
  readonly facts?: ResourceFacts;
  readonly resourceAccountId: string;
}

export interface RequestKeysOptions {
  readonly accountId: string;
  readonly region: string;
  readonly now: () => number;
  readonly roleOf: (roleArn: string) => Role | undefined;
  /** Another number whenever roles may have changed. */
  readonly revision: () => number;
}

/**
 * Whether another service asks for it on the caller's behalf, such as Secrets Manager for the key of a secret: the
 * call's own way here is then not known to policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
 */
export function isForwarded({ context }: Requirement): boolean {
  return context !== undefined && 'kms:ViaService' in context;
}

/**
 * Where a function's packets come from on the internet is nobody's address here, so that no range but all of them has it.
 * https://www.rfc-editor.org/rfc/rfc5737
 */
const SOMEWHERE = '192.0.2.1';

export function createRequestKeys(options: RequestKeysOptions): (asked: Asked) => RequestKeys {
  const { region, now, revision } = options;
  const known = new WeakMap<Principal, { readonly keys: Keys; readonly revision: number }>();
  /** Many calls come in the same millisecond. */
  let moment = { time: Number.NaN, text: '', seconds: '' };

  function ofPrincipal(principal: Principal): Keys {
    if (!isKept(principal)) return principalKeys(principal, options);
    const current = revision();
    const before = known.get(principal);
    if (before?.revision === current) return before.keys;
    const keys = principalKeys(principal, options);
    known.set(principal, { keys, revision: current });
    return keys;
  }

  return ({ principal, requirement, call, facts, resourceAccountId }) => {
    const time = now();
    if (time !== moment.time) {
      moment = { time, text: new Date(time).toISOString(), seconds: String(Math.floor(time / 1000)) };
    }
    const keys: Keys = {
      ...ofPrincipal(principal),
      'aws:securetransport': 'true',
      'aws:requestedregion': region,
      'aws:resourceaccount': resourceAccountId,
      'aws:currenttime': moment.text,
      'aws:epochtime': moment.seconds,
    };
    if (isForwarded(requirement)) addForwarder(keys, call.service);
    else addWay(keys, call);
    if (facts?.tags) addResourceTags(keys, requirement.action, facts.tags);
    if (facts?.keys) addAll(keys, facts.keys);
    if (requirement.context) addAll(keys, requirement.context);
    return keys;
  };
}

/**
 * Services are made anew for most calls, in their own name or in a role: to remember what is soon gone takes longer than
 * to find it out again.
 */
function isKept(principal: Principal): boolean {
  return principal.kind === 'administrator' || (principal.kind === 'role-session' && principal.invokedBy === undefined);
}

function addAll(keys: Keys, more: Readonly<Keys>): void {
  for (const key in more) keys[lowerCase('', key)] = more[key]!;
}

/** By what stands before them. The same text each time: an object takes a name faster that it has had before. */
const names = new Map<string, Map<string, string>>();
const MOST_NAMES = 1_000;

/** @param before in lower case */
function lowerCase(before: string, key: string): string {
  let known = names.get(before);
  // Tags have their authors' names, and requests their callers': none is kept for ever.
  if (!known || known.size >= MOST_NAMES) {
    known = new Map();
    names.set(before, known);
  }
  let name = known.get(key);
  if (name === undefined) {
    name = before + key.toLowerCase();
    known.set(key, name);
  }
  return name;
}

/** Services say for which account they act even where they do not say for what. */
function principalKeys(
  principal: Principal,
  { accountId, roleOf }: Pick<RequestKeysOptions, 'accountId' | 'roleOf'>,
): Keys {
  switch (principal.kind) {
    case 'administrator':
      return {
        'aws:principalarn': principal.arn,
        'aws:principalaccount': principal.accountId,
        'aws:principaltype': 'Account',
        'aws:userid': principal.userId,
        'aws:principalisawsservice': 'false',
      };
    case 'role-session': {
      const keys: Keys = {
        'aws:principalarn': principal.roleArn,
        'aws:principalaccount': principal.accountId,
        'aws:principaltype': 'AssumedRole',
        'aws:userid': principal.userId,
        'aws:principalisawsservice': 'false',
        'aws:multifactorauthpresent': 'false',
      };
      if (principal.issuedAt !== undefined) keys['aws:tokenissuetime'] = new Date(principal.issuedAt).toISOString();
      if (principal.functionArn !== undefined) keys['lambda:sourcefunctionarn'] = unqualified(principal.functionArn);
      if (principal.sourceIdentity !== undefined) keys['aws:sourceidentity'] = principal.sourceIdentity;
      for (const { Key, Value } of roleOf(principal.roleArn)?.tags ?? []) {
        keys[`aws:principaltag/${String(Key).toLowerCase()}`] = String(Value ?? '');
      }
      for (const [key, value] of Object.entries(principal.tags ?? {})) {
        keys[`aws:principaltag/${key.toLowerCase()}`] = value;
      }
      return keys;
    }
    case 'service':
    case 'internal': {
      const keys: Keys = {
        'aws:principaltype': 'Service',
        'aws:principalisawsservice': 'true',
        'aws:principalservicename': principal.service,
        'aws:principalservicenameslist': [principal.service],
      };
      if (principal.kind === 'service') {
        if (principal.sourceArn !== undefined) keys['aws:sourcearn'] = principal.sourceArn;
        keys['aws:sourceaccount'] = principal.sourceAccount ?? accountId;
      }
      return keys;
    }
    case 'anonymous':
      return { 'aws:principaltype': 'Anonymous', 'aws:userid': 'anonymous', 'aws:principalisawsservice': 'false' };
  }
}

function addForwarder(keys: Keys, service: string): void {
  const name = `${service}.amazonaws.com`;
  keys['aws:viaawsservice'] = 'true';
  keys['aws:calledvia'] = [name];
  keys['aws:calledviafirst'] = name;
  keys['aws:calledvialast'] = name;
}

/** By which network the call came. An address is told only of a call that did not come through an endpoint. */
function addWay(keys: Keys, { origin, path }: CallContext): void {
  keys['aws:viaawsservice'] = 'false';
  if (path?.via) {
    keys['aws:sourcevpce'] = path.via.vpcEndpointId;
    keys['aws:sourcevpc'] = path.via.vpcId;
  } else if (origin.kind !== 'inside') {
    keys['aws:sourceip'] = origin.kind === 'outside' ? '127.0.0.1' : SOMEWHERE;
  }
}

/** Services have a key of their own for the same tags, e.g. `secretsmanager:ResourceTag/KEY`. */
function addResourceTags(keys: Keys, action: string, tags: Readonly<Record<string, string>>): void {
  const own = `${action.slice(0, action.indexOf(':')).toLowerCase()}:resourcetag/`;
  for (const key in tags) {
    keys[lowerCase('aws:resourcetag/', key)] = tags[key]!;
    keys[lowerCase(own, key)] = tags[key]!;
  }
}

/** `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, whatever version runs. */
function unqualified(functionArn: string): string {
  return functionArn.split(':', 7).join(':');
}
