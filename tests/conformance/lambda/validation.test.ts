/**
 * Inputs that AWS's model of Lambda does not allow, refused with AWS's code, status and sentence before anything runs.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, API_CreateFunction.html, API_CreateAlias.html …
 * (each page's length constraints, patterns, valid ranges and values), and CommonErrors.html.
 */

import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  GetFunctionCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  ListFunctionsCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { GetRandomPasswordCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { functions, inHouse } from '../house.ts';

const house = inHouse(functions({ hello: `exports.handler = async () => 'hello';` }));

const NAME =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?';

const FUNCTION = {
  FunctionName: 'new',
  Role: 'arn:aws:iam::123456789012:role/r',
  Runtime: 'nodejs24.x',
  Handler: 'index.handler',
  Code: { ZipFile: new Uint8Array(1) },
} as const;

/** What a client may send, whatever its types say. */
// biome-ignore lint/suspicious/noExplicitAny: values that the types forbid are the point
const any = (value: unknown): any => value;

async function refusal(work: Promise<unknown>): Promise<{ name: string; status: number; message: string }> {
  try {
    await work;
  } catch (error) {
    const { name, message, $metadata } = any(error);
    return { name, status: $metadata.httpStatusCode, message };
  }
  throw new Error('nothing was refused');
}

const told = (value: string, member: string, rule: string) =>
  `Value ${value} at '${member}' failed to satisfy constraint: ${rule}`;
const one = (sentence: string) => `1 validation error detected: ${sentence}`;

describe('Lambda refuses with a ValidationException', () => {
  it.each([
    [
      'a name that is none',
      new InvokeCommand({ FunctionName: 'arn:aws:lambda:us-east-1:123400000000@function:myfn' }),
      one(
        told(
          "'arn:aws:lambda:us-east-1:123400000000@function:myfn'",
          'functionName',
          `Member must satisfy regular expression pattern: ${NAME}`,
        ),
      ),
    ],
    [
      'a strange kind of invocation',
      new InvokeCommand({ FunctionName: 'hello', InvocationType: any('Later') }),
      one(told("'Later'", 'invocationType', 'Member must satisfy enum value set: [Event, RequestResponse, DryRun]')),
    ],
    [
      'an asynchronous stream',
      new InvokeWithResponseStreamCommand({ FunctionName: 'hello', InvocationType: any('Event') }),
      one(told("'Event'", 'invocationType', 'Member must satisfy enum value set: [RequestResponse, DryRun]')),
    ],
    [
      'a role that is no ARN of one',
      new CreateFunctionCommand({ ...FUNCTION, Role: 'r1' }),
      one(
        told(
          "'r1'",
          'role',
          'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
        ),
      ),
    ],
    [
      'a handler that is too long',
      new CreateFunctionCommand({ ...FUNCTION, Handler: 'h'.repeat(129) }),
      one(told(`'${'h'.repeat(129)}'`, 'handler', 'Member must have length less than or equal to 128')),
    ],
    [
      'too little memory, and a time-out of none',
      new CreateFunctionCommand({ ...FUNCTION, MemorySize: 64, Timeout: 0 }),
      `2 validation errors detected: ${told("'0'", 'timeout', 'Member must have value greater than or equal to 1')}; ${told("'64'", 'memorySize', 'Member must have value greater than or equal to 128')}`,
    ],
    [
      'two architectures',
      new CreateFunctionCommand({ ...FUNCTION, Architectures: ['x86_64', 'arm64'] }),
      one(told("'[x86_64, arm64]'", 'architectures', 'Member must have length less than or equal to 1')),
    ],
    [
      'an alias that could be a version',
      new CreateAliasCommand({ FunctionName: 'hello', Name: '2024', FunctionVersion: '1' }),
      one(told("'2024'", 'name', 'Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)')),
    ],
    [
      'what is missing',
      new AddPermissionCommand({
        FunctionName: 'hello',
        Action: any(undefined),
        Principal: any(undefined),
        StatementId: 'a',
      }),
      `2 validation errors detected: ${told('null', 'action', 'Member must not be null')}; ${told('null', 'principal', 'Member must not be null')}`,
    ],
    [
      'no concurrency at all, provisioned',
      new PutProvisionedConcurrencyConfigCommand({
        FunctionName: 'hello',
        Qualifier: '1',
        ProvisionedConcurrentExecutions: 0,
      }),
      one(told("'0'", 'provisionedConcurrentExecutions', 'Member must have value greater than or equal to 1')),
    ],
    [
      'a strange way of invoking a URL',
      new CreateFunctionUrlConfigCommand({ FunctionName: 'hello', AuthType: 'NONE', InvokeMode: any('UNKNOWN') }),
      one(told("'UNKNOWN'", 'invokeMode', 'Member must satisfy enum value set: [BUFFERED, RESPONSE_STREAM]')),
    ],
    [
      'a strange version to list',
      new ListFunctionsCommand({ FunctionVersion: any('invalid') }),
      one(told("'invalid'", 'functionVersion', 'Member must satisfy enum value set: [ALL]')),
    ],
  ])('%s', async (_what, command, message) => {
    expect(await refusal(house().lambda.send(any(command)))).toEqual({
      name: 'ValidationException',
      status: 400,
      message,
    });
  });
});

it('lets the longest and strangest pass that AWS lets pass', async () => {
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:hello:$LATEST';
  const { Configuration } = await house().lambda.send(new GetFunctionCommand({ FunctionName: arn }));
  expect(Configuration?.FunctionName).toBe('hello');
  expect((await house().invoke('123456789012:function:hello')).value).toBe('hello');
});

describe('other services say it with their own code', () => {
  it('CloudWatch Logs: InvalidParameterException', async () => {
    const command = new FilterLogEventsCommand({ logGroupName: 'g', limit: 10_001 });
    expect(await refusal(house().client(CloudWatchLogsClient).send(command))).toEqual({
      name: 'InvalidParameterException',
      status: 400,
      message: one(told("'10001'", 'limit', 'Member must have value less than or equal to 10000')),
    });
  });

  it('STS, a query service: ValidationError', async () => {
    const command = new AssumeRoleCommand({ RoleArn: FUNCTION.Role, RoleSessionName: 'Session1:2' });
    expect(await refusal(house().client(STSClient).send(command))).toMatchObject({
      name: 'ValidationError',
      status: 400,
      message: expect.stringContaining("Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint"),
    });
  });

  it('Secrets Manager: ValidationException', async () => {
    const command = new GetRandomPasswordCommand({ PasswordLength: 5000 });
    expect(await refusal(house().client(SecretsManagerClient).send(command))).toEqual({
      name: 'ValidationException',
      status: 400,
      message: one(told("'5000'", 'passwordLength', 'Member must have value less than or equal to 4096')),
    });
  });
});
