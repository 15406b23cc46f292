/**
 * What a caller must be allowed to do for each operation of settings.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallContext, Requirement, Service } from '../../../kernel/service.ts';
import { type House, startHouse } from '../testing/house.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:hello';
const CONFIG = 'arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdefg';

let house: House;
let service: Service;

beforeAll(async () => {
  house = await startHouse();
  service = await house.kernel.registry.service('lambda');
});
afterAll(() => house.stop());

const requirements = (operation: string, input: object): readonly Requirement[] =>
  service.operations[operation]?.requires(input as never, {} as CallContext) ?? [];

test.each([
  'GetPolicy',
  'RemovePermission',
  'PutProvisionedConcurrencyConfig',
  'GetProvisionedConcurrencyConfig',
  'DeleteProvisionedConcurrencyConfig',
  'PutFunctionEventInvokeConfig',
  'UpdateFunctionEventInvokeConfig',
  'GetFunctionEventInvokeConfig',
  'DeleteFunctionEventInvokeConfig',
  'GetRuntimeManagementConfig',
  'PutRuntimeManagementConfig',
])('%s is of the function, version or alias that is named', (operation) => {
  expect(requirements(operation, { FunctionName: 'hello', Qualifier: 'live' })).toEqual([
    { action: `lambda:${operation}`, resource: `${ARN}:live` },
  ]);
  expect(requirements(operation, { FunctionName: ARN })).toEqual([{ action: `lambda:${operation}`, resource: ARN }]);
});

test.each([
  'PutFunctionConcurrency',
  'GetFunctionConcurrency',
  'DeleteFunctionConcurrency',
  'ListProvisionedConcurrencyConfigs',
  'ListFunctionEventInvokeConfigs',
  'GetFunctionRecursionConfig',
  'PutFunctionRecursionConfig',
  'GetFunctionCodeSigningConfig',
  'DeleteFunctionCodeSigningConfig',
])('%s is of the function', (operation) => {
  expect(requirements(operation, { FunctionName: 'hello' })).toEqual([
    { action: `lambda:${operation}`, resource: ARN },
  ]);
});

test.each(['GetAccountSettings', 'CreateCodeSigningConfig', 'ListCodeSigningConfigs'])(
  '%s has no resource',
  (operation) => {
    expect(requirements(operation, {})).toEqual([{ action: `lambda:${operation}`, resource: '*' }]);
  },
);

test.each([
  'GetCodeSigningConfig',
  'UpdateCodeSigningConfig',
  'DeleteCodeSigningConfig',
  'ListFunctionsByCodeSigningConfig',
])('%s is of the code signing configuration', (operation) => {
  expect(requirements(operation, { CodeSigningConfigArn: CONFIG })).toEqual([
    { action: `lambda:${operation}`, resource: CONFIG },
  ]);
});

test('PutFunctionCodeSigningConfig is of both', () => {
  const action = 'lambda:PutFunctionCodeSigningConfig';
  expect(requirements('PutFunctionCodeSigningConfig', { FunctionName: 'hello', CodeSigningConfigArn: CONFIG })).toEqual(
    [
      { action, resource: CONFIG },
      { action, resource: ARN, context: { 'lambda:CodeSigningConfigArn': CONFIG } },
    ],
  );
});

test('AddPermission and URL configurations have the condition keys of what they grant', () => {
  expect(
    requirements('AddPermission', {
      FunctionName: 'hello',
      StatementId: 'url',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }),
  ).toEqual([
    {
      action: 'lambda:AddPermission',
      resource: ARN,
      context: { 'lambda:Principal': '*', 'lambda:FunctionUrlAuthType': 'NONE' },
    },
  ]);
  for (const operation of ['Create', 'Get', 'Update', 'Delete'].map((verb) => `${verb}FunctionUrlConfig`)) {
    expect(requirements(operation, { FunctionName: 'hello', Qualifier: 'live', AuthType: 'AWS_IAM' })).toEqual([
      {
        action: `lambda:${operation}`,
        resource: `${ARN}:live`,
        context: { 'lambda:FunctionArn': `${ARN}:live`, 'lambda:FunctionUrlAuthType': 'AWS_IAM' },
      },
    ]);
  }
});

test('tagging has the tags among its condition keys', () => {
  expect(requirements('TagResource', { Resource: ARN, Tags: { team: 'desk' } })).toEqual([
    {
      action: 'lambda:TagResource',
      resource: ARN,
      context: { 'aws:TagKeys': ['team'], 'aws:RequestTag/team': 'desk' },
    },
  ]);
  expect(requirements('UntagResource', { Resource: ARN, TagKeys: ['team'] })).toEqual([
    { action: 'lambda:UntagResource', resource: ARN, context: { 'aws:TagKeys': ['team'] } },
  ]);
  expect(requirements('ListTags', { Resource: ARN })).toMatchObject([{ action: 'lambda:ListTags', resource: ARN }]);
});

test('mappings are resources of their own, and tell which function they are for', async () => {
  const FunctionArn = `${ARN}:live`;
  const context = { 'lambda:FunctionArn': FunctionArn };
  const create = { FunctionName: 'hello:live', EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:jobs' };
  expect(requirements('CreateEventSourceMapping', { ...create, Tags: { team: 'a' } })).toEqual([
    {
      action: 'lambda:CreateEventSourceMapping',
      resource: '*',
      context: { ...context, 'aws:TagKeys': ['team'], 'aws:RequestTag/team': 'a' },
    },
  ]);
  const UUID = '01234567-89ab-cdef-0123-456789abcdef';
  const resource = `arn:aws:lambda:us-east-1:123456789012:event-source-mapping:${UUID}`;
  expect(requirements('GetEventSourceMapping', { UUID })).toEqual([
    { action: 'lambda:GetEventSourceMapping', resource },
  ]);
  house.kernel.store.collection('lambda', 'event-source-mappings').put(UUID, { uuid: UUID, functionArn: FunctionArn });
  for (const operation of ['GetEventSourceMapping', 'UpdateEventSourceMapping', 'DeleteEventSourceMapping']) {
    expect(requirements(operation, { UUID })).toEqual([{ action: `lambda:${operation}`, resource, context }]);
  }
  expect(requirements('UpdateEventSourceMapping', { UUID, FunctionName: 'hello' })).toEqual([
    { action: 'lambda:UpdateEventSourceMapping', resource, context: { 'lambda:FunctionArn': ARN } },
  ]);
  expect(requirements('ListEventSourceMappings', {})).toEqual([
    { action: 'lambda:ListEventSourceMappings', resource: '*' },
  ]);
});
