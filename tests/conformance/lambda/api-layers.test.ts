/** Layers by the API, through the real SDK; each test names the page it follows. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AddLayerVersionPermissionCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  type PublishLayerVersionCommandInput,
  PublishVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, jest, test } from '@jest/globals';
import { functions, inHouse } from '../house.ts';
import { createFunction, refusal, zip } from './uploads.ts';

jest.setTimeout(60_000);

const ARN = 'arn:aws:lambda:us-east-1:123456789012:layer';
const house = inHouse(functions({ other: 'exports.handler = async () => 1;' }));
const lambda = () => house().lambda;

const content = (value: string, more: Parameters<typeof zip>[0] = {}) =>
  zip({ 'nodejs/node_modules/shared/index.js': Buffer.from(`module.exports = '${value}';`), ...(more as object) });
const publish = (LayerName: string, ZipFile: Uint8Array, more: Partial<PublishLayerVersionCommandInput> = {}) =>
  lambda().send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile }, ...more }));
const SHARED = `exports.handler = async () => require('shared');`;

/** https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html */
test('PublishLayerVersion numbers versions, describes them and lets them be downloaded', async () => {
  const ZipFile = content('described');
  const made = await publish('described', ZipFile, {
    Description: 'shared code',
    LicenseInfo: 'Apache-2.0',
    CompatibleRuntimes: ['nodejs24.x'],
    CompatibleArchitectures: ['arm64'],
  });
  expect(made.$metadata.httpStatusCode).toBe(201);
  const { $metadata: _m, ...described } = made;
  expect(described).toEqual({
    LayerArn: `${ARN}:described`,
    LayerVersionArn: `${ARN}:described:1`,
    Version: 1,
    Description: 'shared code',
    LicenseInfo: 'Apache-2.0',
    CompatibleRuntimes: ['nodejs24.x'],
    CompatibleArchitectures: ['arm64'],
    CreatedDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
    Content: {
      CodeSize: ZipFile.length,
      CodeSha256: createHash('sha256').update(ZipFile).digest('base64'),
      Location: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/awslambda-us-east-1-layers\/snapshots\//),
    },
  });
  const download = await fetch(made.Content?.Location ?? '');
  expect(Buffer.from(await download.arrayBuffer())).toEqual(Buffer.from(ZipFile));
  expect((await publish('described', ZipFile)).Version).toBe(2);
  const { Location: _l, ...rest } = described.Content ?? {};
  const byName = await lambda().send(new GetLayerVersionCommand({ LayerName: 'described', VersionNumber: 1 }));
  const byArn = await lambda().send(new GetLayerVersionByArnCommand({ Arn: `${ARN}:described:1` }));
  for (const found of [byName, byArn]) expect(found).toMatchObject({ ...described, Content: rest });
  const gone = refusal(lambda().send(new GetLayerVersionCommand({ LayerName: 'described', VersionNumber: 9 })));
  expect(await gone).toEqual({
    name: 'ResourceNotFoundException',
    message: 'The resource you requested does not exist.',
    status: 404,
  });
  expect(
    await refusal(lambda().send(new GetLayerVersionCommand({ LayerName: 'described', VersionNumber: -1 }))),
  ).toMatchObject({ name: 'InvalidParameterValueException', message: 'Layer Version Cannot be less than 1' });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html */
describe('layers of a function', () => {
  /** Made before anybody is connected: to pack it may take as long as a connection may stand idle. */
  const big = zip({ big: [Buffer.alloc(130_000_000), { level: 1 }] });

  test('are found in /opt, the later over the earlier', async () => {
    const low = await publish(
      'low',
      content('low', { 'nodejs/node_modules/below/index.js': Buffer.from("module.exports = 'below';") }),
    );
    const high = await publish('high', content('high'));
    const source = `exports.handler = async () => [require('shared'), require('below')];`;
    const made = await createFunction(lambda(), 'layered', source, {
      Layers: [low.LayerVersionArn ?? '', high.LayerVersionArn ?? ''],
    });
    expect(made.Layers).toEqual([
      { Arn: `${ARN}:low:1`, CodeSize: low.Content?.CodeSize },
      { Arn: `${ARN}:high:1`, CodeSize: high.Content?.CodeSize },
    ]);
    expect((await house().invoke('layered')).value).toEqual(['high', 'below']);
    const FunctionName = 'layered';
    await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName, Layers: [`${ARN}:low:1`] }));
    expect((await house().invoke('layered')).value).toEqual(['low', 'below']);
    const none = await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName, Layers: [] }));
    expect(none.Layers).toBeUndefined();
    expect((await house().invoke('layered')).functionError).toBe('Unhandled');
  });

  test('are written nowhere else, whatever links an earlier one has', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'sampan-outside-'));
    try {
      const link: [Uint8Array, object] = [Buffer.from(outside), { os: 3, attrs: (0o120777 << 16) >>> 0 }];
      await publish('linking', zip({ nodejs: link }));
      await publish('linked', content('over the link'));
      await createFunction(lambda(), 'linking', SHARED, { Layers: [`${ARN}:linking:1`, `${ARN}:linked:1`] });
      expect((await house().invoke('linking')).value).toBe('over the link');
      expect(readdirSync(outside)).toEqual([]);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  test('are of one version each', async () => {
    await publish('twice', content('1'));
    await publish('twice', content('2'));
    for (const other of ['2', '1']) {
      expect(
        await refusal(
          createFunction(lambda(), 'twice', SHARED, { Layers: [`${ARN}:twice:1`, `${ARN}:twice:${other}`] }),
        ),
      ).toEqual({
        name: 'InvalidParameterValueException',
        message: `Two different versions of the same layer are not allowed to be referenced in the same function. ${ARN}:twice:1 and ${ARN}:twice:${other} are versions of the same layer.`,
        status: 400,
      });
    }
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 250 MB, all layers included. */
  test('fit into 250 MB together with the code', async () => {
    await publish('big-a', big);
    await publish('big-b', big);
    const Layers = [`${ARN}:big-a:1`, `${ARN}:big-b:1`];
    const fitting = await createFunction(lambda(), 'fitting', SHARED, { Layers: Layers.slice(0, 1) });
    expect(fitting.Layers).toHaveLength(1);
    const source = zip({ 'index.js': Buffer.from(SHARED), more: [Buffer.alloc(2_200_000), { level: 1 }] });
    expect(await refusal(createFunction(lambda(), 'too-much', source, { Layers }))).toEqual({
      name: 'InvalidParameterValueException',
      message: `Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is ${260_000_000 + 2_200_000 + SHARED.length} bytes.`,
      status: 400,
    });
    // Half a gigabyte is packed and unpacked.
  }, 180_000);
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html */
test('DeleteLayerVersion hides a version; functions that have it keep it; its number is not used again', async () => {
  await publish('deleted', content('one'));
  await createFunction(lambda(), 'keeping', SHARED, { Layers: [`${ARN}:deleted:1`] });
  await lambda().send(new PublishVersionCommand({ FunctionName: 'keeping' }));
  for (let again = 0; again < 2; again += 1) {
    const gone = await lambda().send(new DeleteLayerVersionCommand({ LayerName: 'deleted', VersionNumber: 1 }));
    expect(gone.$metadata.httpStatusCode).toBe(204);
  }
  expect(
    await refusal(lambda().send(new GetLayerVersionCommand({ LayerName: 'deleted', VersionNumber: 1 }))),
  ).toMatchObject({ status: 404 });
  expect(await refusal(createFunction(lambda(), 'late', SHARED, { Layers: [`${ARN}:deleted:1`] }))).toMatchObject({
    message: `Layer version ${ARN}:deleted:1 does not exist.`,
  });
  expect((await house().invoke('keeping')).value).toBe('one');
  expect((await house().invoke('keeping:1')).value).toBe('one');
  await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName: 'keeping', Timeout: 9 }));
  expect(await lambda().send(new GetFunctionConfigurationCommand({ FunctionName: 'keeping' }))).toMatchObject({
    Layers: [{ Arn: `${ARN}:deleted:1` }],
  });
  expect((await publish('deleted', content('two'))).Version).toBe(2);
  await lambda().send(new DeleteFunctionCommand({ FunctionName: 'keeping' }));
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html and API_ListLayerVersions.html */
test('ListLayers gives the latest of each, ListLayerVersions the newest first, both in pages and filtered', async () => {
  for (const CompatibleRuntimes of [['nodejs24.x'], ['nodejs22.x'], ['nodejs24.x']] as const) {
    await publish('listed', content('x'), { CompatibleRuntimes: [...CompatibleRuntimes] });
  }
  const { Layers = [] } = await lambda().send(new ListLayersCommand({ CompatibleRuntime: 'nodejs22.x' }));
  expect(Layers).toEqual([
    {
      LayerName: 'listed',
      LayerArn: `${ARN}:listed`,
      LatestMatchingVersion: expect.objectContaining({ Version: 2, LayerVersionArn: `${ARN}:listed:2` }),
    },
  ]);
  const versions = async (more: object): Promise<(number | undefined)[]> =>
    (await lambda().send(new ListLayerVersionsCommand({ LayerName: 'listed', ...more }))).LayerVersions?.map(
      ({ Version }) => Version,
    ) ?? [];
  expect(await versions({})).toEqual([3, 2, 1]);
  expect(await versions({ CompatibleRuntime: 'nodejs24.x' })).toEqual([3, 1]);
  const first = await lambda().send(new ListLayerVersionsCommand({ LayerName: 'listed', MaxItems: 2 }));
  expect(first.LayerVersions).toHaveLength(2);
  expect(await versions({ Marker: first.NextMarker })).toEqual([1]);
  expect(await versions({ LayerName: 'nobody' })).toEqual([]);
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html */
test('a layer version has a policy of its own', async () => {
  await publish('shared', content('x'));
  const version = { LayerName: 'shared', VersionNumber: 1 };
  const add = (StatementId: string, more: object = {}) =>
    lambda().send(
      new AddLayerVersionPermissionCommand({
        ...version,
        StatementId,
        Action: 'lambda:GetLayerVersion',
        Principal: '*',
        ...more,
      }),
    );
  const policy = () => lambda().send(new GetLayerVersionPolicyCommand(version));
  expect(await refusal(policy())).toMatchObject({
    status: 404,
    message: 'No policy is associated with the given resource.',
  });
  const statement = {
    Sid: 's1',
    Effect: 'Allow',
    Principal: '*',
    Action: 'lambda:GetLayerVersion',
    Resource: `${ARN}:shared:1`,
  };
  const added = await add('s1');
  expect(JSON.parse(added.Statement ?? '')).toEqual(statement);
  const other = await add('s2', { Principal: '210987654321', RevisionId: added.RevisionId });
  const { Policy, RevisionId } = await policy();
  expect(RevisionId).toBe(other.RevisionId);
  expect(JSON.parse(Policy ?? '')).toEqual({
    Version: '2012-10-17',
    Id: 'default',
    Statement: [statement, { ...statement, Sid: 's2', Principal: { AWS: 'arn:aws:iam::210987654321:root' } }],
  });
  expect(await refusal(add('s1'))).toEqual({
    name: 'ResourceConflictException',
    message:
      'The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.',
    status: 409,
  });
  expect(await refusal(add('s3', { RevisionId: added.RevisionId }))).toMatchObject({
    name: 'PreconditionFailedException',
    message:
      'The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id',
  });
  expect(await refusal(add('s4', { VersionNumber: 2 }))).toMatchObject({
    message: `Layer version ${ARN}:shared:2 does not exist.`,
  });
  const remove = (StatementId: string) =>
    lambda().send(new RemoveLayerVersionPermissionCommand({ ...version, StatementId }));
  expect((await remove('s2')).$metadata.httpStatusCode).toBe(204);
  expect(await refusal(remove('s2'))).toMatchObject({ message: 'Statement s2 is not found in resource policy.' });
  expect(JSON.parse((await policy()).Policy ?? '').Statement).toEqual([statement]);
});
