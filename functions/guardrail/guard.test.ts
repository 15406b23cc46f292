import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alertOf } from './alert.ts';
import { type Change, changeFrom } from './change.ts';
import { type Dependencies, guard } from './guard.ts';
import { BLOCKED, differences, type Part, type Protection, policiesByBucket } from './protection.ts';

const OWN_ROLE = 'arn:aws:iam::123456789012:role/help-desk-GuardrailRole';
const POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
};
const WHOLE: Protection = { policy: POLICY, publicAccessBlock: BLOCKED };

const sample = JSON.parse(readFileSync(path.join(process.cwd(), 'events/guardrail.json'), 'utf8'));
const body: string = sample.Records[0].body;
const change = changeFrom(body, OWN_ROLE);
const BUCKET = change.bucket;

let there: Protection | undefined;
let calls: string[];
let alerts: (readonly Part[])[];
let memory: Map<string, Part[]>;
let isTopicAway: boolean;
let handle: (change: Change) => Promise<void>;

const dependencies: Dependencies = {
  policies: new Map([[BUCKET, POLICY]]),
  buckets: {
    read: async () => there,
    putPolicy: async (_, policy) => {
      calls.push('policy');
      there = { ...there, policy };
    },
    putPublicAccessBlock: async (_, publicAccessBlock) => {
      calls.push('public access block');
      there = { ...there, publicAccessBlock };
    },
  },
  remembered: async (key, look) => {
    const found = memory.get(key) ?? (await look());
    memory.set(key, found);
    return found;
  },
  alert: async (_, changed) => {
    if (isTopicAway) throw new Error('no answer');
    alerts.push(changed);
  },
  onPutBack: () => {},
  onLeftAlone: () => {},
};

beforeEach(() => {
  there = WHOLE;
  calls = [];
  alerts = [];
  memory = new Map();
  isTopicAway = false;
  handle = guard(dependencies);
});

test('the sample tells who took the public access block away, and it is put back and told of', async () => {
  there = { policy: POLICY };
  expect(change).toMatchObject({ call: 'DeleteBucketPublicAccessBlock', by: 'somebody', from: '203.0.113.7' });
  await handle(change);
  expect([there, calls, alerts]).toEqual([WHOLE, ['public access block'], [['public access block']]]);
  const { subject, text } = alertOf(change, alerts[0]!);
  expect(subject).toMatch(/^[ -~]{1,100}$/);
  for (const said of [BUCKET, change.who, change.id, 'docs/runbooks/bucket-changed.md']) expect(text).toContain(said);
});

test('of a bucket that lost both the block comes back first, and one alert tells of both', async () => {
  there = {};
  await handle(change);
  expect([there, calls]).toEqual([WHOLE, ['public access block', 'policy']]);
  await handle({ ...change, id: 'the second record of the same minutes' });
  expect(alerts).toEqual([['public access block', 'policy']]);
});

test('an attempt after one that died between putting back and alerting alerts', async () => {
  there = { policy: POLICY };
  isTopicAway = true;
  await expect(handle(change)).rejects.toThrow('no answer');
  isTopicAway = false;
  await handle(change);
  expect([calls, alerts]).toEqual([['public access block'], [['public access block']]]);
});

test.each([
  ['a deployment', { by: 'deployment' }],
  ['its own', { by: 'guardrail' }],
] as const)('a change of %s is left alone', async (_, by) => {
  there = {};
  await handle({ ...change, ...by });
  expect([calls, alerts]).toEqual([[], []]);
});

test('a bucket that is as it should be, or is no more, needs nothing', async () => {
  await handle(change);
  there = undefined;
  await handle({ ...change, id: 'later' });
  expect([calls, alerts]).toEqual([[], []]);
});

test('a bucket that is not guarded is nobody’s but its owner’s', async () => {
  await expect(handle({ ...change, bucket: 'theirs' })).rejects.toThrow('The bucket theirs is not guarded here');
});

test('who it was is told by what AWS itself writes', () => {
  const said = (userIdentity: object) => {
    const event = JSON.parse(body);
    const told = { ...event, detail: { ...event.detail, userAgent: 'cloudformation.amazonaws.com', userIdentity } };
    return changeFrom(JSON.stringify(told), OWN_ROLE);
  };
  const session = { type: 'AssumedRole', sessionContext: { sessionIssuer: { arn: OWN_ROLE } } };
  expect(said(session).by).toBe('guardrail');
  expect(said({ type: 'AssumedRole', invokedBy: 'cloudformation.amazonaws.com' }).by).toBe('deployment');
  expect(said({ type: 'Root', arn: 'arn:aws:iam::123456789012:root' })).toMatchObject({ by: 'somebody' });
  expect(() => changeFrom('{"detail":{}}', OWN_ROLE)).toThrow('no record of a call on a bucket');
});

test('a policy is the same however it is written, and another when it says something else', () => {
  const text = fc.string({ maxLength: 8 });
  const policy = fc.dictionary(text, fc.oneof(text, fc.array(text, { minLength: 2 }), fc.dictionary(text, text)));
  fc.assert(
    fc.property(policy, (said) => {
      const turned = Object.fromEntries(
        Object.entries(said)
          .toReversed()
          .map(([name, value]) => [name, Array.isArray(value) ? value.toReversed() : value]),
      );
      expect(differences({ policy: turned, publicAccessBlock: BLOCKED }, said)).toEqual([]);
      expect(
        differences({ policy: { ...said, more: { another: said['more'] ?? null } }, publicAccessBlock: BLOCKED }, said),
      ).toEqual(['policy']);
    }),
  );
  const [statement] = POLICY.Statement;
  const again = { ...statement, Action: ['s3:*'], Condition: { Bool: { 'aws:SecureTransport': false } } };
  expect(differences({ ...WHOLE, policy: { ...POLICY, Statement: again } }, POLICY)).toEqual([]);
  const open = { ...statement, Effect: 'Allow' };
  expect(differences({ ...WHOLE, policy: { ...POLICY, Statement: [open] } }, POLICY)).toEqual(['policy']);
});

test('a block that lets anything through is none', () => {
  const publicAccessBlock = { ...BLOCKED, RestrictPublicBuckets: false };
  expect(differences({ policy: POLICY, publicAccessBlock }, POLICY)).toEqual(['public access block']);
});

test('a variable without policies is named', () => {
  const read = policiesByBucket('GUARDED_POLICIES');
  expect([...read({ GUARDED_POLICIES: '{"b":{}}' }).keys()]).toEqual(['b']);
  for (const value of ['', '{}', '{']) expect(() => read({ GUARDED_POLICIES: value })).toThrow('GUARDED_POLICIES');
});
