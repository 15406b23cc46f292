import { expect, test } from '@jest/globals';
import type { Stack } from '../../template/stack.ts';
import type { ResourceRecord } from './book.ts';
import { createTemplatePlaces } from './template-places.ts';

const record = (logicalId: string, physicalId: string, attributes = {}) =>
  ({ logicalId, physicalId, attributes, dependsOn: [] }) as unknown as ResourceRecord;

const pseudo = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
const places = createTemplatePlaces({
  stack: () => ({ pseudo }) as unknown as Stack,
  stackNames: () => ['shop'],
  resources: () => [
    record('Api', 'a1b2c3'),
    record('Fn', 'shop-fn', { Arn: 'arn:aws:lambda:us-east-1:123456789012:function:shop-fn' }),
    record('Bucket', 'shop-bucket', { Arn: 'arn:aws:s3:::shop-bucket' }),
  ],
});

test.each([
  ['arn:aws:lambda:us-east-1:123456789012:function:shop-fn', { 'Fn::GetAtt': ['Fn', 'Arn'] }],
  ['arn:aws:lambda:us-east-1:123456789012:function:shop-fn:live', { 'Fn::Sub': '${Fn.Arn}:live' }],
  ['arn:aws:s3:::shop-bucket/*', { 'Fn::Sub': '${Bucket.Arn}/*' }],
  [
    'arn:aws:execute-api:us-east-1:123456789012:a1b2c3/v1/GET/tickets',
    { 'Fn::Sub': 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/v1/GET/tickets' },
  ],
  ['arn:aws:execute-api:us-east-1:123456789012:others/v1/GET/tickets', undefined],
  ['arn:aws:sqs:us-east-1:123456789012:queue', undefined],
  ['*', undefined],
])('a template names %s', (arn, expression) => {
  expect(places.expressionOf(arn)).toEqual(expression);
});
