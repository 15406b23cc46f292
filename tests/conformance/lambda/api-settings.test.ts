/**
 * Tags, code signing, runtime management and recursion: settings beside what a version fixes.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
import {
  CreateAliasCommand,
  CreateCodeSigningConfigCommand,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCodeSigningConfigCommand,
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionRecursionConfigCommand,
  GetRuntimeManagementConfigCommand,
  ListCodeSigningConfigsCommand,
  ListFunctionsByCodeSigningConfigCommand,
  ListTagsCommand,
  PublishVersionCommand,
  PutFunctionCodeSigningConfigCommand,
  PutFunctionRecursionConfigCommand,
  PutRuntimeManagementConfigCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateCodeSigningConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, functions, inHouse, REGION } from '../house.ts';

const HELLO = 'exports.handler = async () => "hello";';
const ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function`;
const PROFILE = `arn:aws:signer:${REGION}:${ACCOUNT_ID}:/signing-profiles/ours`;

describe('tags', () => {
  const house = inHouse(functions({ tagged: { code: HELLO, Tags: { team: 'support' } }, plain: HELLO }));
  const tag = (Resource: string, Tags: Record<string, string>) =>
    house().lambda.send(new TagResourceCommand({ Resource, Tags }));
  const tags = async (Resource: string) => (await house().lambda.send(new ListTagsCommand({ Resource }))).Tags;

  test('come from the template and the API, and are told by both operations', async () => {
    await tag(`${ARN}:tagged`, { stage: 'dev', team: 'desk' });
    expect(await tags(`${ARN}:tagged`)).toMatchObject({ stage: 'dev', team: 'desk' });
    const { Tags } = await house().lambda.send(new GetFunctionCommand({ FunctionName: 'tagged' }));
    expect(Tags).toMatchObject({ stage: 'dev', team: 'desk' });
    await house().lambda.send(new UntagResourceCommand({ Resource: `${ARN}:tagged`, TagKeys: ['stage', 'absent'] }));
    expect(await tags(`${ARN}:tagged`)).not.toHaveProperty('stage');
  });

  test('are of functions as a whole, at most 50', async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`key-${n}`, 'x']));
    const before = Object.keys((await tags(`${ARN}:plain`)) ?? {});
    await house().lambda.send(new UntagResourceCommand({ Resource: `${ARN}:plain`, TagKeys: ['none', ...before] }));
    await tag(`${ARN}:plain`, many);
    await expect(tag(`${ARN}:plain`, { more: 'x' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Number of tags exceeds resource tag limit.',
    });
    await tag(`${ARN}:plain`, { 'key-7': 'changed' });
    expect(await tags(`${ARN}:plain`)).toEqual({ ...many, 'key-7': 'changed' });
    await expect(tag(`${ARN}:plain:$LATEST`, { a: 'b' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    });
    await expect(tags(`${ARN}:nobody`)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${ARN}:nobody`,
    });
    await expect(tag(`${ARN}:plain`, {})).rejects.toMatchObject({
      message: 'An error occurred and the request cannot be processed.',
    });
  });
});

describe('code signing', () => {
  const house = inHouse(
    functions(
      { signed: { code: HELLO, CodeSigningConfigArn: { Ref: 'Signing' } }, unsigned: HELLO },
      {
        Signing: {
          Type: 'AWS::Lambda::CodeSigningConfig',
          Properties: {
            Description: 'ours',
            AllowedPublishers: { SigningProfileVersionArns: [PROFILE] },
            CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
          },
        },
      },
    ),
  );
  const usersOf = async (CodeSigningConfigArn: string) =>
    (await house().lambda.send(new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn }))).FunctionArns;

  test('a template’s configuration is the API’s', async () => {
    const arn = house().physicalId('Signing');
    expect(arn).toMatch(/^arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-[a-z0-9]{17}$/);
    const { CodeSigningConfig } = await house().lambda.send(
      new GetCodeSigningConfigCommand({ CodeSigningConfigArn: arn }),
    );
    expect(CodeSigningConfig).toMatchObject({
      CodeSigningConfigArn: arn,
      CodeSigningConfigId: arn.split(':').at(-1),
      Description: 'ours',
      AllowedPublishers: { SigningProfileVersionArns: [PROFILE] },
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
    });
    expect(await usersOf(arn)).toEqual([`${ARN}:signed`]);
  });

  test('a configuration is created, put to a function, changed and deleted', async () => {
    const { CodeSigningConfig } = await house().lambda.send(
      new CreateCodeSigningConfigCommand({
        AllowedPublishers: { SigningProfileVersionArns: [PROFILE] },
        Tags: { team: 'desk' },
      }),
    );
    const arn = CodeSigningConfig?.CodeSigningConfigArn ?? '';
    expect((await house().lambda.send(new ListTagsCommand({ Resource: arn }))).Tags).toEqual({ team: 'desk' });
    const { CodeSigningConfigs } = await house().lambda.send(new ListCodeSigningConfigsCommand({}));
    expect(CodeSigningConfigs).toHaveLength(2);
    expect(
      await house().lambda.send(
        new PutFunctionCodeSigningConfigCommand({ FunctionName: `${ARN}:unsigned`, CodeSigningConfigArn: arn }),
      ),
    ).toMatchObject({ CodeSigningConfigArn: arn, FunctionName: 'unsigned' });
    await house().lambda.send(
      new UpdateCodeSigningConfigCommand({
        CodeSigningConfigArn: arn,
        CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
      }),
    );
    const remove = () => house().lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: arn }));
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceConflictException' });
    await house().lambda.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName: 'unsigned' }));
    const none = await house().lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'unsigned' }));
    expect(none.CodeSigningConfigArn).toBeUndefined();
    await remove();
    await expect(remove()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `The Lambda code signing configuration ${arn} can not be found.`,
    });
    await expect(
      house().lambda.send(
        new PutFunctionCodeSigningConfigCommand({ FunctionName: 'unsigned', CodeSigningConfigArn: arn }),
      ),
    ).rejects.toMatchObject({
      name: 'CodeSigningConfigNotFoundException',
      message: `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
    });
  });
});

describe('runtime management and recursion', () => {
  const contents = functions({
    plain: HELLO,
    declared: {
      code: HELLO,
      RecursiveLoop: 'Allow',
      RuntimeManagementConfig: { UpdateRuntimeOn: 'FunctionUpdate' },
    },
  });
  const house = inHouse(contents);
  const runtime = (FunctionName: string, Qualifier?: string) =>
    house().lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName, Qualifier }));
  const loop = async (FunctionName: string) =>
    (await house().lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }))).RecursiveLoop;

  test('runtime management is kept for each version', async () => {
    expect(await runtime('plain')).toMatchObject({
      UpdateRuntimeOn: 'Auto',
      FunctionArn: `${ARN}:plain:$LATEST`,
    });
    const { Version } = await house().lambda.send(new PublishVersionCommand({ FunctionName: 'plain' }));
    const RuntimeVersionArn = `arn:aws:lambda:${REGION}::runtime:${'0a'.repeat(32)}`;
    const put = (input: { UpdateRuntimeOn: 'Auto' | 'Manual'; RuntimeVersionArn?: string; Qualifier?: string }) =>
      house().lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName: 'plain', ...input }));
    await put({ UpdateRuntimeOn: 'Manual', RuntimeVersionArn, Qualifier: Version });
    expect(await runtime('plain', Version)).toMatchObject({
      UpdateRuntimeOn: 'Manual',
      RuntimeVersionArn,
      FunctionArn: `${ARN}:plain:1`,
    });
    expect(await runtime('plain')).toMatchObject({ UpdateRuntimeOn: 'Auto' });
    await expect(put({ UpdateRuntimeOn: 'Manual' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    await house().lambda.send(new CreateAliasCommand({ FunctionName: 'plain', Name: 'live', FunctionVersion: '1' }));
    await expect(runtime('plain', 'live')).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  test('recursive loops are terminated unless allowed', async () => {
    expect(await loop('plain')).toBe('Terminate');
    await house().lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName: 'plain', RecursiveLoop: 'Allow' }));
    expect(await loop('plain')).toBe('Allow');
    await expect(
      house().lambda.send(
        new PutFunctionRecursionConfigCommand({ FunctionName: 'plain', RecursiveLoop: 'Sometimes' as 'Allow' }),
      ),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("Value 'Sometimes' at 'recursiveLoop' failed to satisfy constraint"),
    });
  });

  test('a template sets both, and takes back what it no longer says', async () => {
    expect(await loop('declared')).toBe('Allow');
    expect(await runtime('declared')).toMatchObject({ UpdateRuntimeOn: 'FunctionUpdate' });
    await house().lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'declared', Timeout: 5 }));
    expect(await loop('declared')).toBe('Allow');
    const template = JSON.parse(JSON.stringify(contents.template));
    delete template.Resources.declared.Properties.RecursiveLoop;
    delete template.Resources.declared.Properties.RuntimeManagementConfig;
    await house().apply({ template, files: contents.files });
    expect(await loop('declared')).toBe('Terminate');
    expect(await runtime('declared')).toMatchObject({ UpdateRuntimeOn: 'Auto' });
    // Set by hand, never said by the template: an edit of the template leaves it alone.
    template.Resources.plain.Properties.Timeout = 9;
    await house().apply({ template, files: contents.files });
    expect(await loop('plain')).toBe('Allow');
  });
});
