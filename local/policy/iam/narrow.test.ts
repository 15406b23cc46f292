import { describe, expect, test } from '@jest/globals';
import type { Statement } from './document.ts';
import { narrow } from './narrow.ts';

const allow = (Action: string[], Resource: string[], more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:jobs';

describe('a statement with wildcards', () => {
  test('is narrowed to the actions and resources that were used, and keeps its conditions', () => {
    const Condition = { Bool: { 'aws:SecureTransport': ['true'] } };
    const used = [
      { action: 'sqs:SendMessage', resource: QUEUE },
      { action: 'sqs:GetQueueUrl', resource: QUEUE },
      { action: 'sqs:SendMessage', resource: QUEUE },
      { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' },
    ];
    expect(narrow(allow(['sqs:*'], ['*'], { Condition }), used)).toEqual([
      allow(['sqs:GetQueueUrl', 'sqs:SendMessage'], [QUEUE], { Condition }),
    ]);
  });

  test('keeps what it lists by name, used or not', () => {
    const used = [{ action: 'sqs:SendMessage', resource: QUEUE }];
    expect(narrow(allow(['sqs:SendMessage', 'sqs:GetQueueUrl'], ['arn:aws:sqs:*:*:*']), used)).toEqual([
      allow(['sqs:SendMessage', 'sqs:GetQueueUrl'], [QUEUE]),
    ]);
    expect(narrow(allow(['sqs:S*'], [QUEUE]), used)).toEqual([allow(['sqs:SendMessage'], [QUEUE])]);
  });

  test('is parted where an action has no resource, so that the others do not get everything', () => {
    const used = [
      { action: 'sqs:ListQueues', resource: '*' },
      { action: 'sqs:SendMessage', resource: QUEUE },
    ];
    expect(narrow(allow(['sqs:*'], ['*'], { Sid: 'Queues' }), used)).toEqual([
      allow(['sqs:SendMessage'], [QUEUE], { Sid: 'Queues' }),
      allow(['sqs:ListQueues'], ['*'], { Sid: 'Queues2' }),
    ]);
  });

  test('names a bucket’s objects and a group’s streams together, as they come and go', () => {
    const used = [
      { action: 's3:GetObject', resource: 'arn:aws:s3:::b/tickets/1' },
      { action: 's3:GetObject', resource: 'arn:aws:s3:::b/tickets/2' },
    ];
    expect(narrow(allow(['s3:*'], ['*']), used)).toEqual([allow(['s3:GetObject'], ['arn:aws:s3:::b/*'])]);
    const stream = 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f:log-stream:2026/x';
    expect(narrow(allow(['logs:PutLogEvents'], ['*']), [{ action: 'logs:PutLogEvents', resource: stream }])).toEqual([
      allow(['logs:PutLogEvents'], ['arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f:*']),
    ]);
  });

  test('is empty when nothing of it was used', () => {
    expect(narrow(allow(['sqs:*'], ['*']), [])).toEqual([]);
  });
});

test.each<[string, Statement]>([
  ['without a wildcard', allow(['sqs:SendMessage'], [QUEUE])],
  ['with the one resource its action has', allow(['xray:PutTraceSegments'], ['*'])],
  ['already as narrow as can be', allow(['s3:GetObject'], ['arn:aws:s3:::b/*'])],
  ['that denies', { ...allow(['*'], ['*']), Effect: 'Deny' }],
  ['with NotAction', { Effect: 'Allow', NotAction: ['s3:*'], Resource: ['*'] }],
])('a statement %s is left as it is', (_what, statement) => {
  const used = [
    { action: 'xray:PutTraceSegments', resource: '*' },
    { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' },
    { action: 'sqs:SendMessage', resource: QUEUE },
  ].filter(({ action }) => statement.Action?.includes(action) ?? true);
  expect(narrow(statement, used)).toBeUndefined();
});
