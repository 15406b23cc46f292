/**
 * Functions made, changed and deleted by the API, through the real SDK. The pages are those of
 * https://docs.aws.amazon.com/lambda/latest/api/welcome.html, each named by its test.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  PutFunctionConcurrencyCommand,
  paginateListFunctions,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { eventually, functions, inHouse, openHouse } from '../house.ts';
import { answering, createFunction, ROLE, refusal, zip } from './uploads.ts';

// Zips of 50 MB, and houses that open and close, take their time on a machine that does other things too.
jest.setTimeout(30_000);

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function';
const house = inHouse({ ...functions({ templated: { code: answering('from the template'), Tags: { Owner: 'us' } } }) });
const lambda = () => house().lambda;

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
describe('CreateFunction', () => {
  test('makes a function that runs, and describes it as AWS does', async () => {
    const ZipFile = zip(answering({ hello: 'world' }));
    const { KeyMetadata } = await house().client(KMSClient).send(new CreateKeyCommand({}));
    const KMSKeyArn = KeyMetadata!.Arn as string;
    const made = await createFunction(lambda(), 'made', ZipFile, {
      Description: 'says hello',
      MemorySize: 256,
      Timeout: 7,
      EphemeralStorage: { Size: 1024 },
      Environment: { Variables: { GREETING: 'hi' } },
      TracingConfig: { Mode: 'Active' },
      Architectures: ['arm64'],
      DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead' },
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'WARN' },
      KMSKeyArn,
      Tags: { Team: 'desk' },
    });
    const described = {
      FunctionName: 'made',
      FunctionArn: `${ARN}:made`,
      Runtime: 'nodejs24.x',
      Role: ROLE,
      Handler: 'index.handler',
      CodeSize: ZipFile.length,
      CodeSha256: createHash('sha256').update(ZipFile).digest('base64'),
      Description: 'says hello',
      Timeout: 7,
      MemorySize: 256,
      Version: '$LATEST',
      DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead' },
      Environment: { Variables: { GREETING: 'hi' } },
      KMSKeyArn,
      TracingConfig: { Mode: 'Active' },
      RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      PackageType: 'Zip',
      Architectures: ['arm64'],
      EphemeralStorage: { Size: 1024 },
      SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      RuntimeVersionConfig: { RuntimeVersionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1::runtime:\w{64}$/) },
      LoggingConfig: {
        LogFormat: 'JSON',
        LogGroup: '/aws/lambda/made',
        ApplicationLogLevel: 'WARN',
        SystemLogLevel: 'INFO',
      },
    };
    expect(made.$metadata.httpStatusCode).toBe(201);
    expect(made).toMatchObject({ ...described, State: 'Pending', StateReasonCode: 'Creating' });
    const now = await lambda().send(new GetFunctionConfigurationCommand({ FunctionName: 'made' }));
    const { $metadata: _metadata, ...configuration } = now;
    expect(configuration).toEqual({ ...described, State: 'Active', LastUpdateStatus: 'Successful' });
    expect((await house().invoke('made')).value).toEqual({ hello: 'world' });
  });

  test('publishes at once when it is asked to', async () => {
    const made = await createFunction(lambda(), 'published', answering(1), { Publish: true });
    expect(made).toMatchObject({ Version: '1', FunctionArn: `${ARN}:published` });
    expect(await house().invoke('published:1')).toMatchObject({ value: 1, executedVersion: '1' });
  });

  test('takes names and ARNs for a name, and refuses a second of that name', async () => {
    const made = await createFunction(lambda(), `${ARN}:by-arn`, answering(1), {});
    expect(made.FunctionName).toBe('by-arn');
    expect(await refusal(createFunction(lambda(), 'by-arn', answering(1)))).toEqual({
      name: 'ResourceConflictException',
      message: 'Function already exist: by-arn',
      status: 409,
    });
  });

  const refused: [string, Partial<CreateFunctionCommandInput>, string, string | RegExp, number?][] = [
    [
      'a zip that is none',
      { Code: { ZipFile: Buffer.from('no zip') } },
      'InvalidParameterValueException',
      'Could not unzip uploaded file. Please check your file, then try to upload again.',
    ],
    [
      'a zip of nothing',
      { Code: { ZipFile: zip({}) } },
      'InvalidParameterValueException',
      'Uploaded file must be a non-empty zip',
    ],
    ['no code', { Code: {} }, 'InvalidParameterValueException', 'Please provide a source for function code.'],
    [
      'a zip and an object',
      { Code: { ZipFile: zip(''), S3Bucket: 'mine' } },
      'InvalidParameterValueException',
      'Please do not provide other FunctionCode parameters when providing a ZipFile.',
    ],
    [
      'a bucket nobody has',
      { Code: { S3Bucket: 'nobody-has-it', S3Key: 'code.zip' } },
      'InvalidParameterValueException',
      'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist',
    ],
    [
      'a runtime that is past its end',
      { Runtime: 'nodejs14.x' },
      'InvalidParameterValueException',
      'The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.',
    ],
    [
      'a runtime that does not run here',
      { Runtime: 'python3.13' },
      'InvalidParameterValueException',
      /python3\.13 does not run here/,
    ],
    [
      'a container image',
      { PackageType: 'Image', Code: { ImageUri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/a:b' } },
      'InvalidParameterValueException',
      /^PackageType Image is not emulated/,
    ],
    [
      'a file system',
      {
        FileSystemConfigs: [
          {
            Arn: 'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-12345678901234567',
            LocalMountPath: '/mnt/a',
          },
        ],
      },
      'InvalidParameterValueException',
      /^FileSystemConfigs is not emulated/,
    ],
    [
      'tenants',
      { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } },
      'InvalidParameterValueException',
      /^TenancyConfig is not emulated/,
    ],
    [
      'SnapStart, which Node.js does not have',
      { SnapStart: { ApplyOn: 'PublishedVersions' } },
      'InvalidParameterValueException',
      'nodejs24.x is not supported for SnapStart enabled functions.',
    ],
    [
      'six layers',
      { Layers: [1, 2, 3, 4, 5, 6].map((n) => `arn:aws:lambda:us-east-1:123456789012:layer:l${n}:1`) },
      'InvalidParameterValueException',
      'Cannot reference more than 5 layers.',
    ],
    [
      'a layer that is not there',
      { Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:nothing:1'] },
      'InvalidParameterValueException',
      'Layer version arn:aws:lambda:us-east-1:123456789012:layer:nothing:1 does not exist.',
    ],
    [
      'a layer of another account',
      { Layers: ['arn:aws:lambda:us-east-1:094274105915:layer:ours:1'] },
      'AccessDeniedException',
      /is not authorized to perform: lambda:GetLayerVersion on resource: arn:aws:lambda:us-east-1:094274105915:layer:ours:1 because no resource-based policy allows the lambda:GetLayerVersion action/,
      403,
    ],
    [
      'a layer of another Region',
      { Layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:l:1'] },
      'InvalidParameterValueException',
      'Layers are not in the same region as the function. Layers are expected to be in region us-east-1.',
    ],
    [
      'variables over 4 KB',
      { Environment: { Variables: { LARGE: 'x'.repeat(4096) } } },
      'InvalidParameterValueException',
      /^Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit\. String measured: \{"LARGE":"xxx/,
    ],
    [
      'a variable of Lambda’s own',
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      'InvalidParameterValueException',
      /Reserved keys used in this request: AWS_REGION$/,
    ],
    [
      'a log level for plain text',
      { LoggingConfig: { LogFormat: 'Text', SystemLogLevel: 'WARN' } },
      'InvalidParameterValueException',
      /^LogLevel is not supported when LogFormat is set to "Text"/,
    ],
    [
      'a subnet nobody has',
      { VpcConfig: { SubnetIds: ['subnet-0123456789abcdef0'], SecurityGroupIds: ['sg-0123456789abcdef0'] } },
      'InvalidParameterValueException',
      /^Error occurred while DescribeSubnets\. EC2 Error Code: InvalidSubnetID\.NotFound\. EC2 Error Message: /,
    ],
    [
      'a name of 65 characters',
      { FunctionName: 'a'.repeat(65) },
      'InvalidParameterValueException',
      /Member must have length less than or equal to 64$/,
    ],
    [
      'a function of another Region',
      { FunctionName: 'arn:aws:lambda:eu-west-1:123456789012:function:other' },
      'ResourceNotFoundException',
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      404,
    ],
    [
      'a role that is none',
      { Role: 'r1' },
      'ValidationException',
      /^1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:/,
    ],
    [
      'too little memory',
      { MemorySize: 64 },
      'ValidationException',
      /at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128/,
    ],
  ];
  test.each(refused)('refuses %s', async (_, input, name, message, status = 400) => {
    const answer = await refusal(createFunction(lambda(), 'refused', answering(1), input));
    expect(answer).toEqual({
      name,
      message: expect.stringMatching(message instanceof RegExp ? message : literally(message)),
      status,
    });
    expect(await refusal(lambda().send(new GetFunctionCommand({ FunctionName: 'refused' })))).toMatchObject({
      status: 404,
    });
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  test('refuses 250 MB and one byte before it unpacks any of it', async () => {
    const bomb = Buffer.from(zip(answering(1)));
    // The size that the zip's directory announces.
    bomb.writeUInt32LE(262_144_001, bomb.indexOf('PK\u0001\u0002') + 24);
    expect(await refusal(createFunction(lambda(), 'bomb', bomb))).toEqual({
      name: 'InvalidParameterValueException',
      message: 'Unzipped size must be smaller than 262144000 bytes',
      status: 400,
    });
  });

  test('refuses a zip over 50 MB', async () => {
    const answer = await refusal(
      lambda().send(
        new CreateFunctionCommand({
          FunctionName: 'big',
          Role: ROLE,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: Buffer.alloc(52_428_801) },
        }),
      ),
    );
    expect(answer).toEqual({
      name: 'RequestEntityTooLargeException',
      message: 'Zipped size must be smaller than 52428800 bytes',
      status: 413,
    });
  });

  test('writes nothing outside the package, whatever its entries are called', async () => {
    const name = '../'.repeat(12) + join(tmpdir(), 'escaped-from-a-zip').slice(1);
    expect(await refusal(createFunction(lambda(), 'slip', zip({ [name]: Buffer.from('x') })))).toMatchObject({
      message: 'Could not unzip uploaded file. Please check your file, then try to upload again.',
    });
    expect(existsSync(join(tmpdir(), 'escaped-from-a-zip'))).toBe(false);
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html */
  test('keeps links and who may execute', async () => {
    const link = { os: 3, attrs: (0o120777 << 16) >>> 0 };
    const source = `const fs = require('node:fs');
      exports.handler = async () => ({
        linked: fs.readFileSync(__dirname + '/shortcut.txt', 'utf8'), is: fs.lstatSync(__dirname + '/shortcut.txt').isSymbolicLink(),
        run: fs.statSync(__dirname + '/run.sh').mode & 0o111, plain: fs.statSync(__dirname + '/plain.txt').mode & 0o111 });`;
    const package_ = zip({
      'index.js': Buffer.from(source),
      'plain.txt': [Buffer.from('plain'), { os: 3, attrs: (0o100644 << 16) >>> 0 }],
      'run.sh': [Buffer.from('#!/bin/sh\n'), { os: 3, attrs: (0o100755 << 16) >>> 0 }],
      'shortcut.txt': [Buffer.from('plain.txt'), link],
    });
    await createFunction(lambda(), 'linked', package_);
    expect((await house().invoke('linked')).value).toEqual({ linked: 'plain', is: true, run: 0o111, plain: 0 });
  });
});

const literally = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html */
describe('GetFunction', () => {
  test('leads to the zip that was uploaded, for a while', async () => {
    const ZipFile = zip(answering('download me'));
    await createFunction(lambda(), 'downloaded', ZipFile, { Tags: { a: 'b' } });
    await lambda().send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'downloaded', ReservedConcurrentExecutions: 2 }),
    );
    const { Code, Tags, Concurrency } = await lambda().send(new GetFunctionCommand({ FunctionName: 'downloaded' }));
    expect(Code?.RepositoryType).toBe('S3');
    expect(Tags).toEqual({ a: 'b' });
    expect(Concurrency).toEqual({ ReservedConcurrentExecutions: 2 });
    const location = Code?.Location ?? '';
    const answer = await fetch(location);
    expect(answer.headers.get('content-type')).toBe('application/zip');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(ZipFile));
    const forged = await fetch(location.replace(/Signature=../, 'Signature=00'));
    expect(forged.status).toBe(403);
    expect(await forged.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
  });

  test('has a zip, its size and its digest of what a template’s build made, too', async () => {
    const { Code, Configuration, Tags } = await lambda().send(new GetFunctionCommand({ FunctionName: 'templated' }));
    const content = Buffer.from(await (await fetch(Code?.Location ?? '')).arrayBuffer());
    expect(Configuration).toMatchObject({
      CodeSize: content.length,
      CodeSha256: createHash('sha256').update(content).digest('base64'),
    });
    expect(Buffer.from(unzipSync(content)['index.js'] ?? []).toString()).toBe(answering('from the template'));
    expect(Tags).toMatchObject({ Owner: 'us' });
  });

  test('does not find what is not there', async () => {
    expect(await refusal(lambda().send(new GetFunctionCommand({ FunctionName: 'nobody' })))).toEqual({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${ARN}:nobody`,
      status: 404,
    });
    expect(
      await refusal(lambda().send(new GetFunctionCommand({ FunctionName: 'templated', Qualifier: '7' }))),
    ).toMatchObject({ message: `Function not found: ${ARN}:templated:7` });
  });
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html */
describe('UpdateFunctionCode', () => {
  test('runs the next invocation on the new code, and lets the one under way end on the old', async () => {
    const slow = `exports.handler = async () => { await new Promise((r) => setTimeout(r, 400)); return [require('./value'), process.pid]; };`;
    const code = (value: string) =>
      zip({ 'index.js': Buffer.from(slow), 'value.js': Buffer.from(`module.exports = '${value}';`) });
    await createFunction(lambda(), 'updated', code('old'));
    const [, pid] = (await house().invoke('updated')).value;
    const underWay = house().invoke('updated');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const newCode = code('new');
    const output = await lambda().send(new UpdateFunctionCodeCommand({ FunctionName: 'updated', ZipFile: newCode }));
    expect(output).toMatchObject({
      State: 'Active',
      LastUpdateStatus: 'InProgress',
      LastUpdateStatusReasonCode: 'Creating',
      CodeSha256: createHash('sha256').update(newCode).digest('base64'),
    });
    await waitUntilFunctionUpdatedV2({ client: lambda(), maxWaitTime: 10, minDelay: 1 }, { FunctionName: 'updated' });
    expect((await house().invoke('updated')).value).toEqual(['new', expect.anything()]);
    expect((await underWay).value).toEqual(['old', pid]);
  });

  test('changes code alone: configuration, tags and reservation stay', async () => {
    await createFunction(lambda(), 'kept', answering(1), {
      Environment: { Variables: { AA: 'b', CC: 'd' } },
      Tags: { t: '1' },
      Timeout: 9,
    });
    await lambda().send(new PutFunctionConcurrencyCommand({ FunctionName: 'kept', ReservedConcurrentExecutions: 5 }));
    const {
      $metadata: _m,
      Configuration: before,
      Code: _c,
      ...rest
    } = await lambda().send(new GetFunctionCommand({ FunctionName: 'kept' }));
    await lambda().send(new UpdateFunctionCodeCommand({ FunctionName: 'kept', ZipFile: zip(answering(2)) }));
    const {
      $metadata: _n,
      Configuration: after,
      Code: _d,
      ...others
    } = await lambda().send(new GetFunctionCommand({ FunctionName: 'kept' }));
    expect(others).toEqual(rest);
    expect(after).toEqual({
      ...before,
      ...{ CodeSha256: after?.CodeSha256, CodeSize: after?.CodeSize },
      ...{ RevisionId: after?.RevisionId, LastModified: after?.LastModified },
    });
    expect(after?.CodeSha256).not.toBe(before?.CodeSha256);
    expect((await house().invoke('kept')).value).toBe(2);
  });

  test('only checks in a dry run, and publishes when asked to', async () => {
    await createFunction(lambda(), 'dry', answering(1));
    await lambda().send(
      new UpdateFunctionCodeCommand({ FunctionName: 'dry', ZipFile: zip(answering(2)), DryRun: true }),
    );
    expect((await house().invoke('dry')).value).toBe(1);
    const bad = new UpdateFunctionCodeCommand({ FunctionName: 'dry', ZipFile: Buffer.from('bad'), DryRun: true });
    expect(await refusal(lambda().send(bad))).toMatchObject({ name: 'InvalidParameterValueException' });
    const published = await lambda().send(
      new UpdateFunctionCodeCommand({ FunctionName: 'dry', ZipFile: zip(answering(3)), Publish: true }),
    );
    expect(published).toMatchObject({ Version: '1', FunctionArn: `${ARN}:dry:1` });
    expect((await house().invoke('dry:1')).value).toBe(3);
  });

  test('refuses a revision that is not the latest, and an image', async () => {
    const { RevisionId } = await createFunction(lambda(), 'revised', answering(1));
    const update = (more: object) => lambda().send(new UpdateFunctionCodeCommand({ FunctionName: 'revised', ...more }));
    await update({ ZipFile: zip(answering(2)), RevisionId });
    expect(await refusal(update({ ZipFile: zip(answering(3)), RevisionId }))).toEqual({
      name: 'PreconditionFailedException',
      message:
        'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
      status: 412,
    });
    expect(await refusal(update({ ImageUri: 'a.dkr.ecr.us-east-1.amazonaws.com/b:c' }))).toMatchObject({
      message: "Please don't provide ImageUri when updating a function with packageType Zip.",
    });
    expect((await house().invoke('revised')).value).toBe(2);
  });
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html */
describe('UpdateFunctionConfiguration', () => {
  const update = (input: UpdateFunctionConfigurationCommandInput) =>
    lambda().send(new UpdateFunctionConfigurationCommand(input));

  test('changes what it names and leaves the rest', async () => {
    const FunctionName = 'configured';
    const show = 'exports.handler = async (event, context) => [process.env.AA, context.memoryLimitInMB];';
    await createFunction(lambda(), FunctionName, show, {
      Environment: { Variables: { AA: '1' } },
      DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead' },
      LoggingConfig: { LogGroup: 'mine' },
    });
    expect((await house().invoke(FunctionName)).value).toEqual(['1', '128']);
    expect(await update({ FunctionName, MemorySize: 192 })).toMatchObject({
      MemorySize: 192,
      Environment: { Variables: { AA: '1' } },
      LastUpdateStatus: 'InProgress',
    });
    expect((await house().invoke(FunctionName)).value).toEqual(['1', '192']);
    await update({ FunctionName, Environment: { Variables: { AA: '2' } } });
    expect((await house().invoke(FunctionName)).value).toEqual(['2', '192']);
    expect((await update({ FunctionName, LoggingConfig: { LogFormat: 'JSON' } })).LoggingConfig).toEqual({
      LogFormat: 'JSON',
      LogGroup: 'mine',
      ApplicationLogLevel: 'INFO',
      SystemLogLevel: 'INFO',
    });
    expect((await update({ FunctionName, LoggingConfig: { LogFormat: 'Text' } })).LoggingConfig).toEqual({
      LogFormat: 'Text',
      LogGroup: 'mine',
    });
    expect((await update({ FunctionName, DeadLetterConfig: { TargetArn: '' } })).DeadLetterConfig).toBeUndefined();
    expect((await update({ FunctionName, Environment: { Variables: {} } })).Environment).toBeUndefined();
    expect((await house().invoke(FunctionName)).value).toEqual([null, '192']);
  });

  test('answers for what is not there, a stale revision and impossible values', async () => {
    expect(await refusal(update({ FunctionName: 'nobody', Timeout: 4 }))).toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${ARN}:nobody`,
    });
    const { RevisionId } = await createFunction(lambda(), 'stale', answering(1));
    await update({ FunctionName: 'stale', Timeout: 4, RevisionId });
    expect(await refusal(update({ FunctionName: 'stale', Timeout: 5, RevisionId }))).toMatchObject({ status: 412 });
    expect(await refusal(update({ FunctionName: 'stale:1', Timeout: 5 }))).toMatchObject({
      name: 'InvalidParameterValueException',
      message:
        'Current operation does not support versions other than $LATEST. Please set the version to $LATEST or do not set a version in your request.',
    });
    expect(await refusal(update({ FunctionName: 'stale', Runtime: 'nodejs14.x' }))).toMatchObject({
      name: 'InvalidParameterValueException',
    });
    expect(await lambda().send(new GetFunctionConfigurationCommand({ FunctionName: 'stale' }))).toMatchObject({
      Timeout: 4,
      Runtime: 'nodejs24.x',
    });
  });
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
test('ListFunctions goes through pages, with every version when asked for', async () => {
  await createFunction(lambda(), 'listed-a', answering(1), { Publish: true });
  await createFunction(lambda(), 'listed-b', answering(1));
  const list = async (input: { FunctionVersion?: 'ALL'; MasterRegion?: string }) => {
    const found: string[] = [];
    for await (const { Functions = [] } of paginateListFunctions({ client: lambda(), pageSize: 1 }, input)) {
      expect(Functions.length).toBeLessThanOrEqual(1);
      for (const { FunctionArn = '', State } of Functions) {
        expect(State).toBeUndefined();
        if (FunctionArn.includes(':listed-')) found.push(FunctionArn.slice(ARN.length + 1));
      }
    }
    return found;
  };
  expect(await list({})).toEqual(['listed-a', 'listed-b']);
  expect(await list({ FunctionVersion: 'ALL' })).toEqual(['listed-a:$LATEST', 'listed-a:1', 'listed-b:$LATEST']);
  expect(await list({ FunctionVersion: 'ALL', MasterRegion: 'eu-west-1' })).toEqual([]);
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html */
describe('DeleteFunction', () => {
  const remove = (FunctionName: string, Qualifier?: string) =>
    lambda().send(new DeleteFunctionCommand({ FunctionName, Qualifier }));

  test('removes the function with its code, and the name is free again', async () => {
    await createFunction(lambda(), 'deleted', zip(answering('the first of that name')));
    const { CodeSha256 = '' } = await lambda().send(new GetFunctionConfigurationCommand({ FunctionName: 'deleted' }));
    const directory = join(
      house().cloud.kernel.store.directory('lambda-code'),
      Buffer.from(CodeSha256, 'base64').toString('hex'),
    );
    expect(existsSync(directory)).toBe(true);
    expect((await remove('deleted')).$metadata.httpStatusCode).toBe(204);
    expect(await refusal(house().invoke('deleted'))).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await refusal(remove('deleted'))).toMatchObject({
      status: 404,
      message: `Function not found: ${ARN}:deleted`,
    });
    await eventually(() => !existsSync(directory));
    await createFunction(lambda(), 'deleted', answering('the second'));
    expect((await house().invoke('deleted')).value).toBe('the second');
  });

  test('keeps code that another function has, too', async () => {
    const same = zip(answering('the same'));
    await createFunction(lambda(), 'twin-a', same);
    await createFunction(lambda(), 'twin-b', same);
    await remove('twin-a');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await house().invoke('twin-b')).value).toBe('the same');
  });

  test('refuses $LATEST and aliases', async () => {
    await createFunction(lambda(), 'undeleted', answering(1));
    expect(await refusal(remove('undeleted', '$LATEST'))).toMatchObject({
      name: 'InvalidParameterValueException',
      message: '$LATEST version cannot be deleted without deleting the function.',
    });
    expect(await refusal(remove('undeleted', 'live'))).toMatchObject({
      message: 'Deletion of aliases is not currently supported.',
    });
    expect((await remove('undeleted', '9')).$metadata.httpStatusCode).toBe(204);
    expect((await house().invoke('undeleted')).value).toBe(1);
  });
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html */
test('what the API changes of a stack’s function stays until the template changes it', async () => {
  const contents = (timeout: number) => functions({ drifting: { code: answering('template'), Timeout: timeout } });
  const other = await openHouse(contents(5));
  try {
    await other.lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'drifting', ZipFile: zip(answering('api')) }),
    );
    expect((await other.invoke('drifting')).value).toBe('api');
    await other.apply(contents(5));
    expect((await other.invoke('drifting')).value).toBe('api');
    await other.apply(contents(6));
    expect((await other.invoke('drifting')).value).toBe('template');
  } finally {
    await other.close();
  }
});

describe('a restart', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sampan-state-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('keeps what the API made, and nothing that was left half-made', async () => {
    const stateDirectory = join(directory, 'state');
    const contents = functions({ templated: answering('t') });
    const first = await openHouse({ ...contents, stateDirectory });
    await createFunction(first.lambda, 'lasting', answering('still here'), { Publish: true });
    await first.close();
    const code = join(stateDirectory, 'lambda-code');
    const before = readdirSync(code);

    mkdirSync(join(code, `${'0'.repeat(64)}.half-made.part`, 'code'), { recursive: true });
    const second = await openHouse({ ...contents, stateDirectory });
    try {
      expect((await second.invoke('lasting')).value).toBe('still here');
      expect((await second.invoke('lasting:1')).value).toBe('still here');
      await eventually(() => readdirSync(code).length === before.length);
      expect(readdirSync(code).toSorted()).toEqual(before.toSorted());
    } finally {
      await second.close();
    }
  });
});
