import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { Service } from '../../kernel/service.ts';
import { eventually } from '../../runtime/testing/launch.ts';
import { TemplateError } from '../../template/stack.ts';
import { createProactiveInitialization } from './environments/proactive-initialization.ts';
import { existing, type House, startHouse } from './testing/house.ts';

let house: House;
const proactiveInitialization = createProactiveInitialization();
beforeAll(async () => {
  house = await startHouse({ proactiveInitialization });
});
afterAll(() => house.stop());

const FUNCTION = 'AWS::Lambda::Function';
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function';
const ECHO = 'exports.handler = async (event, context) => ({ event, arn: context.invokedFunctionArn });';

describe('Invoke', () => {
  beforeAll(async () => {
    await house.createFunction('echo', ECHO);
  });

  test.each([
    ['echo', `${ARN}:echo`],
    ['123456789012:function:echo', `${ARN}:echo`],
    [`${ARN}:echo`, `${ARN}:echo`],
    ['echo:$LATEST', `${ARN}:echo:$LATEST`],
    [`${ARN}:echo:$LATEST`, `${ARN}:echo:$LATEST`],
  ])('finds the function by %s', async (FunctionName, arn) => {
    const output = await house.invoke({ FunctionName, event: { n: 1 } });
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST', value: { event: { n: 1 }, arn } });
    expect(output.FunctionError).toBeUndefined();
  });

  test('gives text for text and bytes for bytes, and an empty object for nothing', async () => {
    expect(typeof (await house.invoke({ FunctionName: 'echo', Payload: '{}' })).Payload).toBe('string');
    const bytes = await house.invoke({ FunctionName: 'echo', Payload: Buffer.from('{"ü":1}') });
    expect(bytes.Payload).toBeInstanceOf(Uint8Array);
    expect(bytes.value).toMatchObject({ event: { ü: 1 } });
    expect((await house.invoke({ FunctionName: 'echo', Payload: undefined })).value).toMatchObject({ event: {} });
  });

  test.each([
    [
      'no function of that name',
      { FunctionName: 'nobody' },
      'ResourceNotFoundException',
      `Function not found: ${ARN}:nobody`,
    ],
    [
      'no such qualifier',
      { FunctionName: 'echo', Qualifier: 'live' },
      'ResourceNotFoundException',
      `Function not found: ${ARN}:echo:live`,
    ],
    [
      'two qualifiers',
      { FunctionName: 'echo:1', Qualifier: '2' },
      'InvalidParameterValueException',
      /derived qualifier/,
    ],
    [
      'a name nothing could have',
      { FunctionName: 'a b' },
      'ValidationException',
      /^1 validation error detected: Value 'a b' at 'functionName'/,
    ],
    [
      'a payload that is not JSON',
      { FunctionName: 'echo', Payload: Buffer.from('{oops') },
      'InvalidRequestContentException',
      /^Could not parse request body into json/,
    ],
    [
      '6 MB and one byte',
      { FunctionName: 'echo', Payload: `"${'x'.repeat(6_291_455)}"` },
      'RequestTooLargeException',
      /6291456 bytes/,
    ],
    [
      'an event over 1 MB',
      { FunctionName: 'echo', InvocationType: 'Event', Payload: `"${'x'.repeat(1_048_575)}"` },
      'RequestTooLargeException',
      /1048576 bytes/,
    ],
    [
      'a client context that is none',
      { FunctionName: 'echo', ClientContext: 'bm8=' },
      'InvalidRequestContentException',
      /Client context/,
    ],
    [
      'an unknown type',
      { FunctionName: 'echo', InvocationType: 'Later' },
      'ValidationException',
      /RequestResponse, Event, DryRun/,
    ],
  ])('%s is refused as AWS refuses it', async (_, input, code, message) => {
    await expect(house.invoke(input)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('DryRun runs nothing', async () => {
    expect(await house.call('Invoke', { FunctionName: 'echo', InvocationType: 'DryRun' })).toMatchObject({
      StatusCode: 204,
    });
  });

  test('LogType Tail brings the log, base64, at most 4 KB', async () => {
    await house.createFunction(
      'chatty',
      `exports.handler = async () => { for (let i = 0; i < 200; i += 1) console.log('line', i); };`,
    );
    const { LogResult } = await house.invoke({ FunctionName: 'chatty', LogType: 'Tail' });
    const log = Buffer.from(LogResult ?? '', 'base64').toString('utf8');
    expect(log).toHaveLength(4096);
    expect(log).toMatch(/\tINFO\tline 199\nEND RequestId: \S+\nREPORT RequestId: /);
  });

  test('a handler’s error is a FunctionError, with the client context before it', async () => {
    await house.createFunction(
      'failing',
      'exports.handler = async (event, { clientContext }) => { throw new TypeError(clientContext.who); };',
    );
    const ClientContext = Buffer.from('{"who":"me"}').toString('base64');
    const output = await house.invoke({ FunctionName: 'failing', ClientContext });
    expect(output).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      value: { errorType: 'TypeError', errorMessage: 'me' },
    });
  });

  test('uses a warm environment again, and several in parallel', async () => {
    // Answers as soon as so many of them are at work.
    const code = `const fs = require('node:fs');
      exports.handler = async ({ among = 1, folder }) => {
        if (folder) fs.writeFileSync(folder + '/' + process.pid, '');
        while (among > 1 && fs.readdirSync(folder).length < among) await new Promise((r) => setTimeout(r, 10));
        return process.pid;
      };`;
    await house.createFunction('who', code, { Timeout: 10 });
    const { value: first } = await house.invoke({ FunctionName: 'who', event: {} });
    for (let i = 0; i < 5; i += 1) expect((await house.invoke({ FunctionName: 'who', event: {} })).value).toBe(first);
    const event = { among: 2, folder: mkdtempSync(join(tmpdir(), 'parallel-')) };
    const parallel = await Promise.all([1, 2, 3].map(() => house.invoke({ FunctionName: 'who', event })));
    rmSync(event.folder, { recursive: true });
    const pids = parallel.map(({ value }) => value);
    expect(new Set(pids).size).toBeGreaterThan(1);
    expect(pids).toContain(first);
  });

  test('after a time-out the next invocation is well again', async () => {
    await house.createFunction(
      'slow',
      'exports.handler = async (ms) => new Promise((r) => setTimeout(r, ms, process.pid));',
      { Timeout: 1 },
    );
    const out = await house.invoke({ FunctionName: 'slow', event: 5000 });
    expect(out).toMatchObject({
      FunctionError: 'Unhandled',
      value: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
      },
    });
    expect((await house.invoke({ FunctionName: 'slow', event: 1 })).FunctionError).toBeUndefined();
  });

  test('passes the trace on, with a segment of its own', async () => {
    await house.createFunction('traced', 'exports.handler = async () => process.env._X_AMZN_TRACE_ID;', {
      TracingConfig: { Mode: 'Active' },
    });
    const output = (await house.kernel.dispatch({
      caller: { kind: 'client' },
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName: 'traced', Payload: '{}' },
      traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
    })) as { Payload: string };
    expect(JSON.parse(output.Payload)).toMatch(
      /^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=(?!53995c3f42cd8ad8)[0-9a-f]{16};Sampled=1;Lineage=[0-9a-f]{8}:0$/,
    );
    const fresh = await house.invoke({ FunctionName: 'traced' });
    expect(fresh.value).toMatch(
      /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01];Lineage=[0-9a-f]{8}:0$/,
    );
  });

  test('sends the segments of a sampled invocation, the function’s below the service’s', async () => {
    await house.createFunction('seen', 'exports.handler = async () => { throw new RangeError("out"); };', {
      TracingConfig: { Mode: 'Active' },
    });
    const traceId = '1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa';
    await house.kernel.dispatch({
      caller: { kind: 'client' },
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName: 'seen', Payload: '{}' },
      traceHeader: `Root=${traceId};Parent=53995c3f42cd8ad8;Sampled=1`,
    });
    const segments = house.kernel.telemetry.traces.segments(traceId);
    const [service, own] = ['AWS::Lambda', 'AWS::Lambda::Function'].map((origin) =>
      segments.find((segment) => segment['origin'] === origin),
    );
    expect(service).toMatchObject({ name: 'seen', trace_id: traceId, parent_id: '53995c3f42cd8ad8', fault: true });
    expect(own).toMatchObject({
      name: 'seen',
      parent_id: service?.['id'],
      cause: { exceptions: [{ type: 'RangeError' }] },
      subsegments: [{ name: 'Initialization' }, { name: 'Invocation', fault: true }, { name: 'Overhead' }],
    });
    expect(own?.['end_time']).toBeGreaterThan(own?.['start_time'] as number);
  });

  test('an init phase before the request is in the report of the first invocation, and not in its trace', async () => {
    const FunctionName = 'awaited';
    await house.createFunction(FunctionName, ECHO, {
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'DEBUG' },
    });
    const permission = { FunctionName, Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' };
    await house.create('AWS::Lambda::Permission', permission);
    const logged = () => house.messages('/aws/lambda/awaited').map((line) => JSON.parse(line));
    proactiveInitialization.begin();
    await eventually(() => logged().some(({ type }) => type === 'platform.initReport'));
    expect(logged()[0].record.initializationType).toBe('on-demand');
    const traceId = '1-5759e988-bbbbbbbbbbbbbbbbbbbbbbbb';
    await house.kernel.dispatch({
      caller: { kind: 'client' },
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName, Payload: '{}' },
      traceHeader: `Root=${traceId};Parent=53995c3f42cd8ad8;Sampled=1`,
    });
    const own = house.kernel.telemetry.traces
      .segments(traceId)
      .find((segment) => segment['origin'] === 'AWS::Lambda::Function');
    expect(own).toMatchObject({ subsegments: [{ name: 'Invocation' }, { name: 'Overhead' }] });
    await eventually(() => logged().some(({ type }) => type === 'platform.report'));
    const { record } = logged().find(({ type }) => type === 'platform.report');
    expect(record.metrics.initDurationMs).toBeGreaterThan(0);
  });

  test('counts what AWS counts', async () => {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const { metrics } = house.kernel.telemetry;
    const names = metrics
      .series({ namespace: 'AWS/Lambda' })
      .filter(({ dimensions }) => dimensions['FunctionName'] === 'failing' && dimensions['Resource'] === undefined);
    expect(names.map(({ name }) => name).toSorted()).toEqual([
      'ConcurrentExecutions',
      'Duration',
      'Errors',
      'Invocations',
    ]);
  });
});

describe('limits of concurrency', () => {
  test('a reservation throttles with its reason, and zero stops a function', async () => {
    await house.createFunction('one', 'exports.handler = async () => new Promise((r) => setTimeout(r, 200, 1));', {
      ReservedConcurrentExecutions: 1,
    });
    const first = house.invoke({ FunctionName: 'one' });
    await expect(house.invoke({ FunctionName: 'one' })).rejects.toMatchObject({
      code: 'TooManyRequestsException',
      statusCode: 429,
      message: 'Rate Exceeded.',
      members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
    });
    await first;
    expect((await house.invoke({ FunctionName: 'one' })).value).toBe(1);
    await house.createFunction('none', ECHO, { ReservedConcurrentExecutions: 0 });
    await expect(house.invoke({ FunctionName: 'none' })).rejects.toMatchObject({ code: 'TooManyRequestsException' });
  });

  test('the account’s limit holds for functions without one', async () => {
    const small = await startHouse({ accountConcurrency: 1 });
    try {
      await small.createFunction('a', 'exports.handler = async () => new Promise((r) => setTimeout(r, 200, 1));');
      const first = small.invoke({ FunctionName: 'a' });
      await expect(small.invoke({ FunctionName: 'a' })).rejects.toMatchObject({
        members: { Reason: 'ConcurrentInvocationLimitExceeded' },
      });
      await first;
    } finally {
      await small.stop();
    }
  });

  test('reservations leave 100 for the rest', async () => {
    await expect(house.createFunction('greedy', ECHO, { ReservedConcurrentExecutions: 950 })).rejects.toThrow(
      /below its minimum value of \[100\]/,
    );
  });
});

describe('AWS::Lambda::Function', () => {
  test('an update is live on the next request, on new environments, and the old ones end', async () => {
    const before = await house.properties('exports.handler = async () => [process.pid, 1];', {
      FunctionName: 'edited',
    });
    const result = await house.create(FUNCTION, before);
    expect(result).toMatchObject({ physicalId: 'edited', attributes: { Arn: `${ARN}:edited` } });
    const [pid] = (await house.invoke({ FunctionName: 'edited' })).value as [number];
    const after = await house.properties('exports.handler = async () => [process.pid, 2];', { FunctionName: 'edited' });
    const updated = await house.update(FUNCTION, after, existing(FUNCTION, result, before));
    expect(updated.physicalId).toBe('edited');
    expect((await house.invoke({ FunctionName: 'edited' })).value).toEqual([expect.any(Number), 2]);
    await eventually(() => !isAlive(pid));
  });

  test('an invocation under way ends on the old code', async () => {
    const before = await house.properties(
      'exports.handler = async () => new Promise((r) => setTimeout(r, 300, "old"));',
    );
    const result = await house.create(FUNCTION, before, 'Drained');
    const running = house.invoke({ FunctionName: result.physicalId });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await house.update(
      FUNCTION,
      await house.properties('exports.handler = async () => "new";'),
      existing(FUNCTION, result, before, 'Drained'),
    );
    expect((await house.invoke({ FunctionName: result.physicalId })).value).toBe('new');
    expect((await running).value).toBe('old');
  });

  test('a new name is a replacement', async () => {
    const before = await house.properties(ECHO, { FunctionName: 'first-name' });
    const result = await house.create(FUNCTION, before);
    const renamed = await house.update(
      FUNCTION,
      { ...before, FunctionName: 'second-name' },
      existing(FUNCTION, result, before),
    );
    expect(renamed.physicalId).toBe('second-name');
    await house.remove(FUNCTION, existing(FUNCTION, result, before));
    await expect(house.invoke({ FunctionName: 'first-name' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    expect((await house.invoke({ FunctionName: 'second-name' })).StatusCode).toBe(200);
  });

  test('inline code is index.js, or index.mjs when it is a module', async () => {
    const inline = async (name: string, ZipFile: string) => {
      await house.create(FUNCTION, { ...(await house.properties('')), FunctionName: name, Code: { ZipFile } });
      return (await house.invoke({ FunctionName: name })).value;
    };
    expect(await inline('inline-cjs', 'exports.handler = async () => __filename.slice(-8);')).toBe('index.js');
    expect(await inline('inline-esm', 'export const handler = async () => import.meta.url.slice(-9);')).toBe(
      'index.mjs',
    );
  });

  test('code that does not compile answers every invocation with the compiler’s words', async () => {
    const message = 'handler.ts:3:7: ERROR: Unexpected "}"\n  3 │ }\n    ╵ ^';
    await house.createFunction('broken', ECHO, {
      Code: { S3Bucket: 'sampan-artifacts', S3Key: house.failedArtifact(message) },
    });
    const output = await house.invoke({ FunctionName: 'broken' });
    expect(output).toMatchObject({
      FunctionError: 'Unhandled',
      value: { errorType: 'Runtime.UserCodeSyntaxError', errorMessage: message },
    });
    expect(house.messages('/aws/lambda/broken').join('')).toContain(message);
  });

  test('everything wrong with the properties is found at once, at its line', async () => {
    const properties = await house.properties(ECHO, {
      Runtime: 'python3.8',
      Timeout: 901,
      MemorySize: '64',
      Role: 'nobody',
      Handler: 'has space',
      Environment: { Variables: { AWS_REGION: 'x', '1': 'y' } },
      Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:gone:1'],
      LoggingConfig: { LogFormat: 'Xml' },
      VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: [] },
    });
    const error = await house.create(FUNCTION, properties).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(TemplateError);
    const { diagnostics } = error as TemplateError;
    expect(diagnostics.map(({ property, message }) => `${property}: ${message.slice(0, 40)}`).toSorted()).toEqual([
      expect.stringMatching(/^Properties\.Environment\.Variables\.1: /),
      expect.stringMatching(/^Properties\.Environment\.Variables\.AWS_REGION: Lambda was unable to configure/),
      expect.stringMatching(/^Properties\.Handler: /),
      expect.stringMatching(/^Properties\.LoggingConfig\.LogFormat: /),
      expect.stringMatching(/^Properties\.MemorySize: Value 64/),
      expect.stringMatching(/^Properties\.Role: /),
      expect.stringMatching(/^Properties\.Runtime: The runtime parameter of python3\.8 is no/),
      expect.stringMatching(/^Properties\.Timeout: Value 901/),
      expect.stringMatching(/^Properties\.VpcConfig: /),
    ]);
    expect(diagnostics[0]?.at).toMatchObject({ file: 'template.yaml' });
  });

  test.each([
    ['Node.js 20', { Runtime: 'nodejs20.x' }, /no longer supported for creating or updating/],
    [
      'code in a bucket of AWS',
      { Code: { S3Bucket: 'mine', S3Key: 'k' } },
      /S3 Error Code: NoSuchBucket[\s\S]*point CodeUri/,
    ],
    [
      'more than 4 KB of variables',
      { Environment: { Variables: { BIG: 'x'.repeat(4094) } } },
      /exceeded the 4KB limit/,
    ],
    ['a layer that is not there', { Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:gone:1'] }, /does not exist/],
    ['an artifact nobody built', { Code: { S3Bucket: 'sampan-artifacts', S3Key: 'X/0' } }, /nothing was built/],
  ])('%s are named', async (_, more, message) => {
    await expect(house.createFunction('refused', ECHO, more)).rejects.toThrow(message);
  });

  test('what is not emulated is named', async () => {
    const findings = await house.unsupported(FUNCTION, { Runtime: 'python3.13', FileSystemConfigs: [], Made: 'up' });
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^python3\.13 does not run here: only nodejs24\.x, .* do; the function exists/),
      'EFS file systems are not mounted',
      'is not acted on here',
    ]);
  });
});

describe('versions, aliases, layers and policies', () => {
  test('a version stays what it was; an alias leads to it, by weight too', async () => {
    const before = await house.properties(
      'exports.handler = async (e, c) => [1, c.functionVersion, c.invokedFunctionArn];',
      { FunctionName: 'versioned' },
    );
    const result = await house.create(FUNCTION, before);
    const first = await house.create('AWS::Lambda::Version', { FunctionName: 'versioned' });
    expect(first).toEqual({
      physicalId: `${ARN}:versioned:1`,
      attributes: { Version: '1', FunctionArn: `${ARN}:versioned:1` },
    });
    const after = await house.properties(
      'exports.handler = async (e, c) => [2, c.functionVersion, c.invokedFunctionArn];',
      { FunctionName: 'versioned' },
    );
    await house.update(FUNCTION, after, existing(FUNCTION, result, before));
    const second = await house.create('AWS::Lambda::Version', { FunctionName: 'versioned' });
    expect(second.attributes).toMatchObject({ Version: '2' });
    // Nothing changed: AWS gives the same version again.
    expect((await house.create('AWS::Lambda::Version', { FunctionName: 'versioned' })).physicalId).toBe(
      second.physicalId,
    );
    const live = { FunctionName: 'versioned', Name: 'live', FunctionVersion: '1' };
    const alias = await house.create('AWS::Lambda::Alias', live);
    expect(alias.physicalId).toBe(`${ARN}:versioned:live`);
    expect(await house.invoke({ FunctionName: alias.physicalId })).toMatchObject({
      ExecutedVersion: '1',
      value: [1, '1', `${ARN}:versioned:live`],
    });
    const RoutingConfig = { AdditionalVersionWeights: [{ FunctionVersion: '2', FunctionWeight: 1 }] };
    await house.update('AWS::Lambda::Alias', { ...live, RoutingConfig }, existing('AWS::Lambda::Alias', alias, live));
    expect((await house.invoke({ FunctionName: alias.physicalId })).ExecutedVersion).toBe('2');
    expect(await house.call('GetAlias', { FunctionName: 'versioned', Name: 'live' })).toMatchObject({
      AliasArn: `${ARN}:versioned:live`,
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: { 2: 1 } },
    });
    expect(await house.call('ListVersionsByFunction', { FunctionName: 'versioned' })).toMatchObject({
      Versions: [{ Version: '$LATEST' }, { Version: '1' }, { Version: '2' }],
    });
  });

  test('an alias of a version that is not there is refused', async () => {
    await house.createFunction('aliasless', ECHO);
    await expect(
      house.create('AWS::Lambda::Alias', { FunctionName: 'aliasless', Name: 'live', FunctionVersion: '9' }),
    ).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  test('a function finds the modules of its layer, and a new layer version is a new environment', async () => {
    const layer = async (n: number) => {
      const key = await house.artifact({ 'nodejs/node_modules/shared/index.js': `exports.n = ${n};` }, 'Layer');
      return (
        await house.create('AWS::Lambda::LayerVersion', {
          LayerName: 'shared',
          Content: { S3Bucket: 'sampan-artifacts', S3Key: key },
        })
      ).physicalId;
    };
    const first = await layer(1);
    expect(first).toBe('arn:aws:lambda:us-east-1:123456789012:layer:shared:1');
    const before = await house.properties('exports.handler = async () => require("shared").n;', {
      FunctionName: 'layered',
      Layers: [first],
    });
    const result = await house.create(FUNCTION, before);
    expect((await house.invoke({ FunctionName: 'layered' })).value).toBe(1);
    await house.update(FUNCTION, { ...before, Layers: [await layer(2)] }, existing(FUNCTION, result, before));
    expect((await house.invoke({ FunctionName: 'layered' })).value).toBe(2);
  });

  test('permissions make the function’s policy', async () => {
    await house.createFunction('guarded', ECHO);
    await house.create(
      'AWS::Lambda::Permission',
      {
        FunctionName: `${ARN}:guarded`,
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: 'arn:aws:execute-api:us-east-1:123456789012:abc/*',
      },
      'Allow',
    );
    const { Policy } = (await house.call('GetPolicy', { FunctionName: 'guarded' })) as { Policy: string };
    expect(JSON.parse(Policy)).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'apigateway.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: `${ARN}:guarded`,
          Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:execute-api:us-east-1:123456789012:abc/*' } },
        },
      ],
    });
  });
});

describe('describing functions', () => {
  test('GetFunctionConfiguration and GetFunction say what was made', async () => {
    await house.createFunction('described', ECHO, {
      Timeout: 7,
      Environment: { Variables: { TABLE: 't' } },
      ReservedConcurrentExecutions: 3,
    });
    expect(await house.call('GetFunctionConfiguration', { FunctionName: 'described' })).toMatchObject({
      FunctionArn: `${ARN}:described`,
      Runtime: 'nodejs24.x',
      Timeout: 7,
      MemorySize: 256,
      State: 'Active',
      Environment: { Variables: { TABLE: 't' } },
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/described' },
    });
    expect(await house.call('GetFunction', { FunctionName: 'described' })).toMatchObject({
      Configuration: { FunctionName: 'described' },
      Code: {
        Location: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4566\/awslambda-us-east-1-tasks\/.*X-Amz-Signature=/),
      },
      Concurrency: { ReservedConcurrentExecutions: 3 },
    });
  });

  test('ListFunctions pages', async () => {
    const { Functions, NextMarker } = (await house.call('ListFunctions', { MaxItems: 2 })) as {
      Functions: { FunctionName: string }[];
      NextMarker: string;
    };
    expect(Functions).toHaveLength(2);
    const rest = (await house.call('ListFunctions', { Marker: NextMarker })) as {
      Functions: { FunctionName: string }[];
    };
    expect(rest.Functions.map(({ FunctionName }) => FunctionName)).not.toContain(Functions[0]?.FunctionName);
  });
});

describe('asynchronous invocation', () => {
  test('is tried three times over three minutes, then its failure goes to the destination', async () => {
    const clock = new ManualClock();
    const received: unknown[] = [];
    const timed = await startHouse({ kernel: { clock } });
    timed.kernel.registry.add({
      name: 'sqs',
      resourceTypes: [],
      load: async (): Promise<Service> => ({
        operations: {
          SendMessage: {
            requires: () => [],
            handle: (input: { MessageBody: string }) => void received.push(JSON.parse(input.MessageBody)),
          },
        },
        providers: {},
      }),
    });
    try {
      await timed.createFunction(
        'async',
        `exports.handler = async ({ fail }) => { console.log('ran'); if (fail) throw new Error('always'); return 'fine'; };`,
      );
      const queue = (name: string) => ({ Destination: `arn:aws:sqs:us-east-1:123456789012:${name}` });
      await timed.create('AWS::Lambda::EventInvokeConfig', {
        FunctionName: 'async',
        Qualifier: '$LATEST',
        DestinationConfig: { OnSuccess: queue('good'), OnFailure: queue('bad') },
      });
      const runs = () => timed.messages('/aws/lambda/async').filter((message) => message.endsWith('ran\n')).length;
      const settle = async (count: number) => {
        const end = performance.now() + 3000;
        while (runs() < count && performance.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          await clock.advance(0);
        }
        await timed.kernel.outbox.idle();
        expect(runs()).toBe(count);
      };
      expect(
        await timed.call('Invoke', { FunctionName: 'async', InvocationType: 'Event', Payload: '{"fail":true}' }),
      ).toEqual({ StatusCode: 202 });
      await settle(1);
      await clock.advance(59_000);
      await settle(1);
      await clock.advance(2_000);
      await settle(2);
      await clock.advance(121_000);
      await settle(3);
      expect(received).toMatchObject([
        {
          version: '1.0',
          requestContext: {
            functionArn: `${ARN}:async:$LATEST`,
            condition: 'RetriesExhausted',
            approximateInvokeCount: 3,
          },
          requestPayload: { fail: true },
          responseContext: { functionError: 'Unhandled' },
          responsePayload: { errorMessage: 'always' },
        },
      ]);
      await timed.call('Invoke', { FunctionName: 'async', InvocationType: 'Event', Payload: '{}' });
      await settle(4);
      expect(received[1]).toMatchObject({ requestContext: { condition: 'Success' }, responsePayload: 'fine' });
    } finally {
      await timed.stop();
    }
  });

  test('a throttled event waits and comes through', async () => {
    const clock = new ManualClock();
    const timed = await startHouse({ kernel: { clock } });
    try {
      await timed.createFunction(
        'gate',
        `exports.handler = async ({ hold }) => hold ? new Promise((resolve) => setTimeout(resolve, 300)) : console.log('through');`,
        { ReservedConcurrentExecutions: 1 },
      );
      const held = timed.invoke({ FunctionName: 'gate', event: { hold: true } });
      await timed.call('Invoke', { FunctionName: 'gate', InvocationType: 'Event', Payload: '{}' });
      await timed.kernel.outbox.idle();
      await held;
      expect(timed.messages('/aws/lambda/gate').join('')).not.toContain('through');
      await clock.advance(1000);
      await eventually(() => timed.messages('/aws/lambda/gate').join('').includes('through'));
    } finally {
      await timed.stop();
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
