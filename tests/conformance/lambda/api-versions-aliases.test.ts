/** Versions and aliases by the API, through the real SDK; each test names the page it follows. */
import {
  CreateAliasCommand,
  type CreateAliasCommandInput,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListAliasesCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  type PublishVersionCommandInput,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
  type UpdateAliasCommandInput,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { functions, inHouse } from '../house.ts';
import { answering, createFunction, refusal, zip } from './uploads.ts';

jest.setTimeout(60_000);

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function';
const house = inHouse(functions({ templated: answering('first') }));
const lambda = () => house().lambda;

const publish = (input: PublishVersionCommandInput) => lambda().send(new PublishVersionCommand(input));
const updateCode = (FunctionName: string, source: string) =>
  lambda().send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip(source) }));
const alias = (input: CreateAliasCommandInput) => lambda().send(new CreateAliasCommand(input));
const updateAlias = (input: UpdateAliasCommandInput) => lambda().send(new UpdateAliasCommand(input));

/** https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html */
describe('PublishVersion', () => {
  test('freezes code and configuration; unchanged ones are not published twice', async () => {
    const FunctionName = 'frozen';
    await createFunction(lambda(), FunctionName, answering('one'), { Environment: { Variables: { AA: '1' } } });
    const first = await publish({ FunctionName, Description: 'the first' });
    expect(first.$metadata.httpStatusCode).toBe(201);
    expect(first).toMatchObject({
      Version: '1',
      FunctionArn: `${ARN}:frozen:1`,
      Description: 'the first',
      State: 'Active',
    });
    expect(await publish({ FunctionName, Description: 'another' })).toMatchObject({
      Version: '1',
      Description: 'the first',
      RevisionId: first.RevisionId,
    });
    await updateCode(FunctionName, answering('two'));
    await lambda().send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { AA: '2' } } }),
    );
    expect((await publish({ FunctionName })).Version).toBe('2');
    for (const [Qualifier, value, variable] of [
      ['1', 'one', '1'],
      ['2', 'two', '2'],
    ] as const) {
      expect(await house().invoke(FunctionName, {}, { Qualifier })).toMatchObject({
        value,
        executedVersion: Qualifier,
      });
      const described = await lambda().send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
      expect(described.Environment).toEqual({ Variables: { AA: variable } });
    }
  });

  test('publishes only what the caller has seen', async () => {
    const FunctionName = 'seen';
    const made = await createFunction(lambda(), FunctionName, answering(1));
    expect(await refusal(publish({ FunctionName, CodeSha256: 'other' }))).toEqual({
      name: 'InvalidParameterValueException',
      message: `CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${made.CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
      status: 400,
    });
    expect(await refusal(publish({ FunctionName, RevisionId: '11111111-2222-3333-4444-555555555555' }))).toEqual({
      name: 'PreconditionFailedException',
      message:
        'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
      status: 412,
    });
    const { CodeSha256, RevisionId } = made;
    expect(await publish({ FunctionName, CodeSha256, RevisionId })).toMatchObject({ Version: '1', CodeSha256 });
    expect(await refusal(publish({ FunctionName: 'nobody' }))).toMatchObject({ status: 404 });
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
  test('numbers are not used again, and a version outlives edits of the template', async () => {
    expect((await publish({ FunctionName: 'templated' })).Version).toBe('1');
    await house().apply(functions({ templated: answering('second') }));
    expect((await house().invoke('templated')).value).toBe('second');
    expect((await house().invoke('templated:1')).value).toBe('first');
    expect((await publish({ FunctionName: 'templated' })).Version).toBe('2');
    await lambda().send(new DeleteFunctionCommand({ FunctionName: 'templated', Qualifier: '2' }));
    await updateCode('templated', answering('third'));
    expect((await publish({ FunctionName: 'templated' })).Version).toBe('3');
  });
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html */
test('ListVersionsByFunction gives $LATEST and then the versions by number, in pages', async () => {
  const FunctionName = 'versions';
  await createFunction(lambda(), FunctionName, answering(0));
  for (let n = 1; n <= 10; n += 1) {
    await updateCode(FunctionName, answering(n));
    await publish({ FunctionName });
  }
  const all: (string | undefined)[] = [];
  for await (const { Versions = [] } of paginateListVersionsByFunction(
    { client: lambda(), pageSize: 4 },
    { FunctionName },
  )) {
    expect(Versions.length).toBeLessThanOrEqual(4);
    all.push(...Versions.map(({ FunctionArn }) => FunctionArn?.slice(`${ARN}:versions:`.length)));
  }
  expect(all).toEqual(['$LATEST', ...Array.from({ length: 10 }, (_, n) => String(n + 1))]);
  expect(await refusal(lambda().send(new ListVersionsByFunctionCommand({ FunctionName: 'nobody' })))).toMatchObject({
    message: `Function not found: ${ARN}:nobody`,
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html */
describe('aliases', () => {
  const FunctionName = 'aliased';
  beforeAll(async () => {
    await createFunction(lambda(), FunctionName, answering(1), { Publish: true });
    for (const n of [2, 3]) {
      await updateCode(FunctionName, answering(n));
      await publish({ FunctionName });
    }
  });

  test('are made, found, changed member by member, listed and deleted', async () => {
    const made = await alias({ FunctionName, Name: 'live', FunctionVersion: '1', Description: 'what runs' });
    expect(made.$metadata.httpStatusCode).toBe(201);
    const { $metadata: _m, ...described } = made;
    expect(described).toEqual({
      AliasArn: `${ARN}:aliased:live`,
      Name: 'live',
      FunctionVersion: '1',
      Description: 'what runs',
      RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await lambda().send(new GetAliasCommand({ FunctionName, Name: 'live' }))).toMatchObject(described);
    expect(await house().invoke('aliased:live')).toMatchObject({ value: 1, executedVersion: '1' });
    const { Configuration } = await lambda().send(new GetFunctionCommand({ FunctionName: 'aliased:live' }));
    expect(Configuration).toMatchObject({ FunctionArn: `${ARN}:aliased:live`, Version: '1' });

    const moved = await updateAlias({ FunctionName, Name: 'live', FunctionVersion: '2', RevisionId: made.RevisionId });
    expect(moved).toMatchObject({ FunctionVersion: '2', Description: 'what runs' });
    expect(moved.RevisionId).not.toBe(made.RevisionId);
    expect(await house().invoke('aliased:live')).toMatchObject({ value: 2, executedVersion: '2' });
    expect(await refusal(updateAlias({ FunctionName, Name: 'live', RevisionId: made.RevisionId }))).toMatchObject({
      status: 412,
    });

    await alias({ FunctionName, Name: 'beta', FunctionVersion: '3' });
    const list = async (more: object) =>
      (await lambda().send(new ListAliasesCommand({ FunctionName, ...more }))).Aliases?.map(({ Name }) => Name);
    expect(await list({})).toEqual(['beta', 'live']);
    expect(await list({ FunctionVersion: '3' })).toEqual(['beta']);
    expect(await list({ MaxItems: 1 })).toEqual(['beta']);

    for (let again = 0; again < 2; again += 1) {
      const gone = await lambda().send(new DeleteAliasCommand({ FunctionName, Name: 'beta' }));
      expect(gone.$metadata.httpStatusCode).toBe(204);
    }
    expect(await refusal(lambda().send(new GetAliasCommand({ FunctionName, Name: 'beta' })))).toEqual({
      name: 'ResourceNotFoundException',
      message: `Cannot find alias arn: ${ARN}:aliased:beta`,
      status: 404,
    });
  });

  /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html */
  test('hold the versions they lead to', async () => {
    await alias({
      FunctionName,
      Name: 'holding',
      FunctionVersion: '3',
      RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } },
    });
    for (const Qualifier of ['3', '2']) {
      expect(await refusal(lambda().send(new DeleteFunctionCommand({ FunctionName, Qualifier })))).toEqual({
        name: 'ResourceConflictException',
        message: expect.stringMatching(
          /^Unable to delete version because the following aliases reference it: \[.*holding.*\]$/,
        ),
        status: 409,
      });
    }
    await lambda().send(new DeleteAliasCommand({ FunctionName, Name: 'holding' }));
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html */
  test('split the traffic by weight, and say which version ran', async () => {
    const routing = (weight: number) => ({ AdditionalVersionWeights: { 3: weight } });
    await alias({ FunctionName, Name: 'split', FunctionVersion: '2', RoutingConfig: routing(0.3) });
    const counts = new Map<string | undefined, number>();
    const runs = 400;
    for (let batch = 0; batch < runs / 8; batch += 1) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => house().invoke('aliased:split')));
      for (const { value, executedVersion } of answers) {
        expect(String(value)).toBe(executedVersion);
        counts.set(executedVersion, (counts.get(executedVersion) ?? 0) + 1);
      }
    }
    // Five standard deviations of 400 draws at 0.3 are 46: this fails once in two million runs by chance.
    expect(Math.abs((counts.get('3') ?? 0) - 120)).toBeLessThan(46);
    expect((counts.get('2') ?? 0) + (counts.get('3') ?? 0)).toBe(runs);
    expect((await updateAlias({ FunctionName, Name: 'split', RoutingConfig: routing(1) })).RoutingConfig).toEqual(
      routing(1),
    );
    expect((await house().invoke('aliased:split')).executedVersion).toBe('3');
    const main = await lambda().send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: 'split' }));
    expect(main.Version).toBe('2');
    const whole = await updateAlias({ FunctionName, Name: 'split', RoutingConfig: { AdditionalVersionWeights: {} } });
    expect(whole.RoutingConfig).toBeUndefined();
    expect((await house().invoke('aliased:split')).executedVersion).toBe('2');
  });

  const weights = (AdditionalVersionWeights: Record<string, number>) => ({
    RoutingConfig: { AdditionalVersionWeights },
  });
  test.each<[string, Partial<CreateAliasCommandInput>, object]>([
    [
      'two further versions',
      weights({ 2: 0.1, 3: 0.1 }),
      {
        name: 'InvalidParameterValueException',
        message: 'Number of items in AdditionalVersionWeights cannot be greater than 1',
      },
    ],
    [
      'a weight above one',
      weights({ 2: 1.5 }),
      { name: 'ValidationException', message: expect.stringMatching(/less than or equal to 1/) },
    ],
    [
      'a weight below nothing',
      weights({ 2: -0.5 }),
      { name: 'ValidationException', message: expect.stringMatching(/greater than or equal to 0/) },
    ],
    [
      'its own version again',
      weights({ 1: 0.5 }),
      {
        name: 'InvalidParameterValueException',
        message: 'Invalid function version 1. Function version 1 is already included in routing configuration.',
      },
    ],
    [
      '$LATEST beside another',
      { FunctionVersion: '$LATEST', ...weights({ 1: 0.5 }) },
      {
        name: 'InvalidParameterValueException',
        message: '$LATEST is not supported for an alias pointing to more than 1 version',
      },
    ],
    [
      'a weight of $LATEST',
      weights({ $LATEST: 0.5 }),
      { name: 'ValidationException', message: expect.stringMatching(/Map keys must satisfy constraint: .*\[0-9\]\+/) },
    ],
    [
      'a version nobody published',
      { FunctionVersion: '10' },
      { name: 'ResourceNotFoundException', message: `Function not found: ${ARN}:aliased:10` },
    ],
    ['a further version nobody published', weights({ 10: 0.5 }), { name: 'ResourceNotFoundException' }],
    [
      'a name of digits',
      { Name: '2024' },
      {
        name: 'ValidationException',
        message: expect.stringMatching(/^1 validation error detected: Value '2024' at 'name' failed/),
      },
    ],
  ])('are refused %s', async (_, input, answer) => {
    expect(await refusal(alias({ FunctionName, Name: 'refused', FunctionVersion: '1', ...input }))).toMatchObject(
      answer,
    );
  });

  test('exist once, and of functions that exist', async () => {
    await alias({ FunctionName, Name: 'once', FunctionVersion: '1' });
    expect(await refusal(alias({ FunctionName, Name: 'once', FunctionVersion: '2' }))).toEqual({
      name: 'ResourceConflictException',
      message: `Alias already exists: ${ARN}:aliased:once`,
      status: 409,
    });
    expect(await refusal(alias({ FunctionName: 'nobody', Name: 'a', FunctionVersion: '1' }))).toMatchObject({
      status: 404,
    });
    expect(await refusal(updateAlias({ FunctionName, Name: 'none', FunctionVersion: '1' }))).toEqual({
      name: 'ResourceNotFoundException',
      message: `Alias not found: ${ARN}:aliased:none`,
      status: 404,
    });
  });
});
