/** The decision flow of AWS's documentation, sentence by sentence. */
import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../template/stack.ts';
import type { AuthorizationRequest, Policy, PolicyKind, PolicySet, Requester } from './contract.ts';
import { decide, explain, readPolicy } from './index.ts';

const ACCOUNT = '111122223333';
const OTHER = '999999999999';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app/Worker`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/Worker/run`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const role: Requester = {
  kind: 'role-session',
  arn: SESSION,
  roleArn: ROLE,
  accountId: ACCOUNT,
  userId: 'AROAWORKER:run',
};
const root: Requester = { kind: 'root', accountId: ACCOUNT, arn: ROOT };
const lambda: Requester = { kind: 'service', service: 'lambda.amazonaws.com' };
const nobody: Requester = { kind: 'anonymous' };

const policy = (kind: PolicyKind, ...statements: Json[]): Policy => ({
  document: readPolicy(
    { Version: '2012-10-17', Statement: statements },
    kind === 'boundary' || kind === 'session' ? 'identity' : kind,
  ),
  source: { kind, name: `the ${kind} policy` },
});

const ALLOW = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' } as const;
const DENY = { ...ALLOW, Effect: 'Deny' } as const;
/** Allows, but nothing that is asked here. */
const OTHERS = { Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' } as const;
const to = (principal: Json, statement: object = ALLOW): Json => ({ ...statement, Principal: principal });

const identity = (...statements: Json[]) => [policy('identity', ...statements)];
const boundary = (...statements: Json[]) => [policy('boundary', ...statements)];
const session = (...statements: Json[]) => [policy('session', ...statements)];
const resource = (...statements: Json[]) => [policy('resource', ...statements)];
const endpoint = (...statements: Json[]) => [policy('endpoint', ...statements)];

type Asked = Partial<PolicySet> & {
  readonly of?: Requester;
  readonly in?: string;
  readonly request?: Partial<AuthorizationRequest>;
};

/** `allowed`, or whether a Deny or the lack of an Allow decided, and of which kind of policy. */
function ask({ of = role, in: resourceAccountId = ACCOUNT, request: more = {}, ...policies }: Asked): string {
  const request: AuthorizationRequest = {
    requester: of,
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::bucket/key',
    resourceAccountId,
    keys: {},
    ...more,
  };
  const set = { identity: [], ...policies };
  const decision = decide(request, set);
  expect(explain(request, set).decision).toEqual(decision);
  if (decision.kind === 'allowed') return 'allowed';
  return `${decision.explicit ? 'Deny of' : 'no Allow of'} ${decision.by}`;
}

describe('deny evaluation', () => {
  test('by default every request is denied', () => {
    expect(ask({})).toBe('no Allow of identity');
    expect(ask({ identity: identity(OTHERS) })).toBe('no Allow of identity');
  });

  test('except those of the account’s administrator', () => {
    expect(ask({ of: root })).toBe('allowed');
    expect(ask({ of: root, resource: resource(to({ Service: 'sns.amazonaws.com' })) })).toBe('allowed');
  });

  test.each<[string, Partial<PolicySet>]>([
    ['an identity-based policy', { identity: identity(ALLOW, DENY) }],
    ['another identity-based policy', { identity: [policy('identity', ALLOW), policy('identity', DENY)] }],
    ['a permissions boundary', { identity: identity(ALLOW), boundary: boundary(ALLOW, DENY) }],
    ['a session policy', { identity: identity(ALLOW), session: session(ALLOW, DENY) }],
    ['a resource-based policy', { identity: identity(ALLOW), resource: resource(to('*'), to('*', DENY)) }],
    ['an endpoint policy', { identity: identity(ALLOW), endpoint: endpoint(to('*'), to('*', DENY)) }],
  ])('one explicit deny in %s outweighs every allow', (_where, policies) => {
    expect(ask(policies)).toMatch(/^Deny of /);
    expect(
      ask({ ...policies, resource: [...(policies.resource ?? []), policy('resource', to({ AWS: SESSION }))] }),
    ).toMatch(/^Deny of /);
  });

  test('an explicit deny of a resource’s policy holds for the administrator, too', () => {
    expect(ask({ of: root, resource: resource(to('*', DENY)) })).toBe('Deny of resource');
    expect(ask({ of: root, resource: resource(to({ AWS: ROOT }, DENY)) })).toBe('Deny of resource');
    expect(ask({ of: root, resource: resource(to({ AWS: ROLE }, DENY)) })).toBe('allowed');
  });

  test('a Deny that is not about the request says nothing', () => {
    const denials = [
      { ...DENY, Action: 's3:PutObject' },
      { ...DENY, Resource: 'arn:aws:s3:::other/*' },
      { ...DENY, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ];
    expect(ask({ identity: identity(ALLOW, ...denials) })).toBe('allowed');
  });
});

describe('endpoint policies', () => {
  test('what comes through an endpoint needs its Allow as well', () => {
    expect(ask({ identity: identity(ALLOW), endpoint: endpoint(to('*')) })).toBe('allowed');
    expect(ask({ identity: identity(ALLOW), endpoint: endpoint(to('*', OTHERS)) })).toBe('no Allow of endpoint');
    expect(ask({ of: root, endpoint: endpoint(to('*', OTHERS)) })).toBe('no Allow of endpoint');
    expect(ask({ of: nobody, resource: resource(to('*')), endpoint: endpoint(to('*', OTHERS)) })).toBe(
      'no Allow of endpoint',
    );
  });

  test('an endpoint’s Allow alone gives nobody anything', () => {
    expect(ask({ endpoint: endpoint(to('*')) })).toBe('no Allow of identity');
  });

  test('an endpoint policy may name whom it lets through', () => {
    const only = (principal: Json) => ({ identity: identity(ALLOW), endpoint: endpoint(to(principal)) });
    expect(ask(only({ AWS: ROLE }))).toBe('allowed');
    expect(ask(only({ AWS: ACCOUNT }))).toBe('allowed');
    expect(ask(only({ AWS: `arn:aws:iam::${ACCOUNT}:role/Other` }))).toBe('no Allow of endpoint');
  });
});

describe('resource-based policies, within the account', () => {
  test('an Allow in either the identity’s or the resource’s policy is enough', () => {
    expect(ask({ identity: identity(ALLOW), resource: resource(to({ Service: 'sns.amazonaws.com' })) })).toBe(
      'allowed',
    );
    expect(ask({ resource: resource(to({ AWS: ROLE })) })).toBe('allowed');
  });

  test('what is granted to a role’s ARN is limited by its boundary and by a session policy', () => {
    const granted = { resource: resource(to({ AWS: ROLE })) };
    expect(ask({ ...granted, boundary: boundary(OTHERS) })).toBe('no Allow of boundary');
    expect(ask({ ...granted, session: session(OTHERS) })).toBe('no Allow of session');
    expect(ask({ ...granted, boundary: boundary(ALLOW), session: session(ALLOW) })).toBe('allowed');
  });

  test('what is granted to a session’s ARN is limited by neither', () => {
    const granted = { resource: resource(to({ AWS: SESSION })) };
    expect(ask({ ...granted, boundary: boundary(OTHERS), session: session(OTHERS) })).toBe('allowed');
    expect(ask({ ...granted, session: session(DENY) })).toBe('Deny of session');
  });

  test('nor is what is granted to everybody, with a condition on aws:PrincipalArn or without', () => {
    const Condition = { ArnEquals: { 'aws:PrincipalArn': ROLE } };
    const limits = { boundary: boundary(OTHERS), session: session(OTHERS) };
    expect(ask({ ...limits, resource: resource(to('*')) })).toBe('allowed');
    const keys = { 'aws:principalarn': ROLE };
    expect(ask({ ...limits, resource: resource(to('*', { ...ALLOW, Condition })), request: { keys } })).toBe('allowed');
    expect(ask({ ...limits, resource: resource(to('*', { ...ALLOW, Condition })) })).toBe('no Allow of identity');
  });

  test('naming the account leaves it to the account’s own policies', () => {
    for (const principal of [{ AWS: ROOT }, { AWS: ACCOUNT }]) {
      expect(ask({ resource: resource(to(principal)) })).toBe('no Allow of identity');
      expect(ask({ resource: resource(to(principal)), identity: identity(ALLOW) })).toBe('allowed');
    }
  });

  test('another session of the role, or the role without its path, is somebody else', () => {
    expect(ask({ resource: resource(to({ AWS: SESSION.replace('run', 'other') })) })).toBe('no Allow of identity');
    expect(ask({ resource: resource(to({ AWS: ROLE.replace('app/', '') })) })).toBe('no Allow of identity');
  });

  test('a role may be named by its unique id', () => {
    expect(ask({ resource: resource(to({ AWS: 'AROAWORKER' })) })).toBe('allowed');
    expect(ask({ resource: resource(to({ AWS: 'AROAOTHER' })) })).toBe('no Allow of identity');
  });
});

describe('identity-based policies, boundaries and session policies', () => {
  test('any statement of any identity-based policy is enough', () => {
    expect(ask({ identity: [policy('identity', OTHERS), policy('identity', OTHERS, ALLOW)] })).toBe('allowed');
  });

  test('a boundary that does not allow the action denies it, and gives nothing by itself', () => {
    expect(ask({ identity: identity(ALLOW), boundary: boundary(OTHERS) })).toBe('no Allow of boundary');
    expect(ask({ identity: identity(ALLOW), boundary: boundary(ALLOW) })).toBe('allowed');
    expect(ask({ boundary: boundary(ALLOW) })).toBe('no Allow of identity');
    expect(ask({ identity: identity(ALLOW), boundary: [] })).toBe('no Allow of boundary');
  });

  test('a session policy that does not allow the action denies it, and gives nothing by itself', () => {
    expect(ask({ identity: identity(ALLOW), session: session(OTHERS) })).toBe('no Allow of session');
    expect(ask({ identity: identity(ALLOW), session: session(ALLOW) })).toBe('allowed');
    expect(ask({ session: session(ALLOW) })).toBe('no Allow of identity');
  });

  test('identity, boundary and session must all allow it', () => {
    const all = { identity: identity(ALLOW), boundary: boundary(ALLOW), session: session(ALLOW) };
    expect(ask(all)).toBe('allowed');
    expect(ask({ ...all, boundary: boundary(OTHERS) })).toBe('no Allow of boundary');
    expect(ask({ ...all, session: session(OTHERS) })).toBe('no Allow of session');
  });
});

describe('between accounts', () => {
  const there = { in: OTHER };

  test('both the requester’s and the resource’s account must allow it', () => {
    expect(ask({ ...there, identity: identity(ALLOW) })).toBe('no Allow of resource');
    expect(ask({ ...there, identity: identity(ALLOW), resource: resource(to({ AWS: OTHER })) })).toBe(
      'no Allow of resource',
    );
    for (const principal of ['*', { AWS: ROLE }, { AWS: SESSION }, { AWS: ROOT }]) {
      expect(ask({ ...there, resource: resource(to(principal)) })).toBe('no Allow of identity');
      expect(ask({ ...there, resource: resource(to(principal)), identity: identity(ALLOW) })).toBe('allowed');
    }
  });

  test('the requester’s boundary and session policy limit what its account allows', () => {
    const granted = { ...there, resource: resource(to({ AWS: SESSION })), identity: identity(ALLOW) };
    expect(ask({ ...granted, boundary: boundary(OTHERS) })).toBe('no Allow of boundary');
    expect(ask({ ...granted, session: session(OTHERS) })).toBe('no Allow of session');
  });

  test('an administrator is a stranger in another account', () => {
    expect(ask({ ...there, of: root })).toBe('no Allow of resource');
    expect(ask({ ...there, of: root, resource: resource(to({ AWS: ROOT })) })).toBe('allowed');
  });
});

describe('KMS keys', () => {
  const key = (...statements: Json[]) => ({ resource: [policy('key', ...statements)] });

  test('the key policy alone decides, unless it leaves the decision to the account', () => {
    expect(ask({ ...key(to({ AWS: ROLE })) })).toBe('allowed');
    expect(ask({ ...key(to({ AWS: `${ROLE}2` })), identity: identity(ALLOW) })).toBe('no Allow of key');
    expect(ask({ ...key(to({ AWS: ROOT })), identity: identity(ALLOW) })).toBe('allowed');
    expect(ask({ ...key(to({ AWS: ROOT })) })).toBe('no Allow of identity');
  });

  test('a key policy that leaves the account out leaves its administrator out', () => {
    expect(ask({ of: root, ...key(to({ AWS: ROLE })) })).toBe('no Allow of key');
    expect(ask({ of: root, ...key(to({ AWS: ROOT })) })).toBe('allowed');
  });

  test('a key without any policy is nobody’s', () => {
    const empty = {
      resource: [{ ...policy('key', to('*')), document: { Version: '2012-10-17', Statement: [] } as const }],
    };
    expect(ask({ of: root, ...empty })).toBe('no Allow of key');
    expect(ask({ identity: identity(ALLOW), ...empty })).toBe('no Allow of key');
  });

  test('in another account, the key policy and the requester’s own policies must both allow it', () => {
    expect(ask({ in: OTHER, ...key(to({ AWS: ROLE })) })).toBe('no Allow of identity');
    expect(ask({ in: OTHER, ...key(to({ AWS: ROLE })), identity: identity(ALLOW) })).toBe('allowed');
  });
});

describe('role trust policies', () => {
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole' } as const;
  const target = `arn:aws:iam::${ACCOUNT}:role/Target`;
  const request = { action: 'sts:AssumeRole', resource: target };
  const trust = (principal: Json) => ({ request, resource: [policy('trust', to(principal, assume))] });
  const may = identity({ ...assume, Resource: target });

  test('the trust policy must name the principal', () => {
    expect(ask({ ...trust({ Service: 'lambda.amazonaws.com' }), identity: may })).toBe('no Allow of trust');
    expect(ask({ of: root, ...trust({ Service: 'lambda.amazonaws.com' }) })).toBe('no Allow of trust');
    expect(ask({ of: root, ...trust({ AWS: ROOT }) })).toBe('allowed');
  });

  test('one that names the role directly is enough, one that names the account needs its policies too', () => {
    expect(ask(trust({ AWS: ROLE }))).toBe('allowed');
    expect(ask(trust({ AWS: ROOT }))).toBe('no Allow of identity');
    expect(ask({ ...trust({ AWS: ROOT }), identity: may })).toBe('allowed');
  });

  test('a service is trusted by name', () => {
    expect(ask({ of: lambda, ...trust({ Service: ['edgelambda.amazonaws.com', 'lambda.amazonaws.com'] }) })).toBe(
      'allowed',
    );
    expect(ask({ of: lambda, ...trust({ Service: 'events.amazonaws.com' }) })).toBe('no Allow of trust');
  });
});

describe('services and anonymous callers', () => {
  test('a service in its own name may what a resource’s policy lets it', () => {
    expect(ask({ of: lambda, identity: identity(ALLOW) })).toBe('no Allow of resource');
    expect(ask({ of: lambda, resource: resource(to({ Service: 'lambda.amazonaws.com' })) })).toBe('allowed');
    expect(ask({ of: lambda, resource: resource(to('*')) })).toBe('allowed');
    expect(ask({ of: lambda, resource: resource(to({ AWS: ACCOUNT })) })).toBe('no Allow of resource');
  });

  test('a service whose principals were once named by Region is still named so', () => {
    const states = { kind: 'service', service: 'states.amazonaws.com' } as const;
    expect(ask({ of: states, resource: resource(to({ Service: 'states.eu-central-1.amazonaws.com' })) })).toBe(
      'allowed',
    );
    expect(ask({ of: states, resource: resource(to({ Service: 'states.example.amazonaws.com' })) })).toBe(
      'no Allow of resource',
    );
    expect(ask({ of: lambda, resource: resource(to({ Service: 'lambda.eu-central-1.amazonaws.com' })) })).toBe(
      'no Allow of resource',
    );
  });

  test('nobody in particular may what everybody may', () => {
    expect(ask({ of: nobody })).toBe('no Allow of resource');
    expect(ask({ of: nobody, resource: resource(to('*')) })).toBe('allowed');
    expect(ask({ of: nobody, resource: resource(to({ AWS: '*' })) })).toBe('allowed');
    expect(ask({ of: nobody, resource: resource(to({ AWS: ACCOUNT })) })).toBe('no Allow of resource');
  });
});

describe('NotPrincipal', () => {
  const unless = (principal: Json, statement: object = DENY): Json => ({ ...statement, NotPrincipal: principal });
  const denied = (principal: Json) => ask({ identity: identity(ALLOW), resource: resource(unless(principal)) });

  test('with Deny, a role is safe when it and its account are both named', () => {
    expect(denied({ AWS: [ROLE, ROOT] })).toBe('allowed');
    expect(denied({ AWS: [SESSION, ACCOUNT] })).toBe('allowed');
    expect(denied({ AWS: ROLE })).toBe('Deny of resource');
    expect(denied({ AWS: ROOT })).toBe('Deny of resource');
    expect(denied({ AWS: `arn:aws:iam::${ACCOUNT}:role/Other` })).toBe('Deny of resource');
  });

  test('with Deny, whoever has a permissions boundary is denied, named or not', () => {
    const policies = { identity: identity(ALLOW), resource: resource(unless({ AWS: [ROLE, ROOT] })) };
    expect(ask({ ...policies, boundary: boundary(ALLOW) })).toBe('Deny of resource');
  });

  test('services and the administrator are safe when they are named', () => {
    const policies = resource(to('*'), unless({ Service: 'lambda.amazonaws.com', AWS: ROOT }));
    expect(ask({ of: lambda, resource: policies })).toBe('allowed');
    expect(ask({ of: root, resource: policies })).toBe('allowed');
    expect(ask({ of: nobody, resource: policies })).toBe('Deny of resource');
  });
});

describe('what is said of it', () => {
  const request: AuthorizationRequest = {
    requester: role,
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::bucket/key',
    resourceAccountId: ACCOUNT,
    keys: { 'aws:sourcevpce': 'vpce-1' },
  };

  test('the deciding statement, by its Sid or its place', () => {
    const policies = { identity: identity(OTHERS, { ...ALLOW, Sid: 'Read' }) };
    const decision = decide(request, policies);
    expect(decision).toEqual({
      kind: 'allowed',
      deciding: { source: policies.identity[0]?.source, index: 1, sid: 'Read' },
      because: 'statement Read of the identity policy allows s3:GetObject on arn:aws:s3:::bucket/key',
    });
    expect(decide(request, { identity: identity(DENY) })).toMatchObject({
      deciding: { index: 0 },
      because: 'statement 1 of the identity policy denies s3:GetObject on arn:aws:s3:::bucket/key',
    });
  });

  test.each<[string, Partial<PolicySet>, string]>([
    ['nothing near', {}, 'no identity-based policy allows s3:GetObject on arn:aws:s3:::bucket/key'],
    [
      'a resource that does not fit',
      { identity: identity({ ...ALLOW, Resource: 'arn:aws:s3:::other/*' }) },
      'no identity-based policy allows s3:GetObject on arn:aws:s3:::bucket/key' +
        ' (statement 1 of the identity policy does not apply: Resource does not match: arn:aws:s3:::other/*)',
    ],
    [
      'a condition that does not fit, before a resource',
      {
        identity: identity(
          { ...ALLOW, Resource: 'arn:aws:s3:::other/*' },
          { ...ALLOW, Sid: 'Near', Condition: { StringEquals: { 'aws:SourceVpce': ['vpce-2'] } } },
        ),
      },
      'no identity-based policy allows s3:GetObject on arn:aws:s3:::bucket/key' +
        ' (statement Near of the identity policy does not apply: Condition StringEquals aws:SourceVpce: the request has vpce-1, the policy vpce-2)',
    ],
    [
      'a principal that does not fit',
      { endpoint: endpoint(to({ AWS: OTHER })) },
      `the VPC endpoint policy does not allow it: no statement of it lets ${SESSION} call s3:GetObject on arn:aws:s3:::bucket/key` +
        ` (statement 1 of the endpoint policy does not apply: Principal does not match: ${OTHER})`,
    ],
  ])('what is missing: %s', (_what, policies, because) => {
    expect(decide(request, { identity: [], ...policies })).toMatchObject({ because });
  });

  test('every statement, with the reason why it does or does not apply', () => {
    const policies: PolicySet = {
      identity: identity(ALLOW, OTHERS, { ...DENY, Condition: { Null: { 'aws:SourceVpce': 'true' } } }),
      endpoint: endpoint(to('*')),
    };
    const { steps } = explain(request, policies);
    expect(steps.map(({ kind, outcome }) => `${kind}: ${outcome}`)).toEqual([
      'explicit-deny: no-match',
      'endpoint: allow',
      'resource: not-present',
      'identity: allow',
      'boundary: not-present',
      'session: not-present',
    ]);
    expect(
      steps.flatMap(({ statements }) =>
        statements.map(({ effect, applies, because }) => ({ effect, applies, because })),
      ),
    ).toEqual([
      {
        effect: 'Deny',
        applies: false,
        because: 'Condition Null aws:SourceVpce: the request has vpce-1, the policy true',
      },
      { effect: 'Allow', applies: true, because: 'Everything in it matches.' },
      { effect: 'Allow', applies: true, because: 'Everything in it matches.' },
      { effect: 'Allow', applies: false, because: 'Action does not match: s3:ListBucket' },
    ]);
  });
});
