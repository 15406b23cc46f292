/** Code signing configurations. https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html */
import type { Operation, Requirement } from '../../../kernel/service.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { attachCodeSigning, checkCodeSigning, codeSigningConfigNotFound } from '../functions/code-signing.ts';
import { propertiesOfCodeSigningConfig } from '../providers/code-signing-config.ts';
import type { CodeSigningConfigRecord } from '../records.ts';
import { tagsProperty } from './function-input.ts';
import { type Paged, page } from './paging.ts';
import { type Named, type OperationParts, requiresAnywhere, requiresOn } from './parts.ts';

interface ConfigNamed {
  readonly CodeSigningConfigArn: string;
}

interface ConfigInput {
  readonly Description?: string;
  readonly AllowedPublishers?: { readonly SigningProfileVersionArns: readonly string[] };
  readonly CodeSigningPolicies?: { readonly UntrustedArtifactOnDeployment?: 'Warn' | 'Enforce' };
}

const CONFIG = 'AWS::Lambda::CodeSigningConfig';

/** Lambda gives as many at once as it is asked for, up to this. */
const LARGEST_PAGE = 10_000;

export function codeSigningOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records, through } = parts;

  const requiresConfig =
    (action: string) =>
    ({ CodeSigningConfigArn }: ConfigNamed): readonly Requirement[] => [
      { action: `lambda:${action}`, resource: CodeSigningConfigArn },
    ];

  /** Throws ResourceNotFoundException. */
  function existing({ CodeSigningConfigArn }: ConfigNamed): CodeSigningConfigRecord {
    const record = records.codeSigningConfigs.get(CodeSigningConfigArn);
    if (!record) throw codeSigningConfigNotFound(CodeSigningConfigArn);
    return record;
  }

  /** The name of a function that is there. */
  function functionName({ FunctionName }: Named): string {
    return functions.record(functions.reference(FunctionName).name).functionName;
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html */
    CreateCodeSigningConfig: {
      requires: requiresAnywhere('CreateCodeSigningConfig'),
      async handle({ Tags, ...input }: ConfigInput & { readonly Tags?: Readonly<Record<string, string>> }) {
        const properties = { ...changes(input), ...(Tags && { Tags: tagsProperty(Tags) }) };
        const { physicalId } = await through.create(CONFIG, { name: '', properties });
        return { CodeSigningConfig: describe(existing({ CodeSigningConfigArn: physicalId })) };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCodeSigningConfig.html: what is not named stays. */
    UpdateCodeSigningConfig: {
      requires: requiresConfig('UpdateCodeSigningConfig'),
      async handle(input: ConfigNamed & ConfigInput) {
        const { arn, id } = existing(input);
        const before = propertiesOfCodeSigningConfig(existing(input));
        const properties = { ...before, ...changes(input) };
        await through.update(CONFIG, { name: id, physicalId: arn, before, properties });
        return { CodeSigningConfig: describe(existing(input)) };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetCodeSigningConfig.html */
    GetCodeSigningConfig: {
      requires: requiresConfig('GetCodeSigningConfig'),
      handle: (input: ConfigNamed) => ({ CodeSigningConfig: describe(existing(input)) }),
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCodeSigningConfig.html */
    DeleteCodeSigningConfig: {
      requires: requiresConfig('DeleteCodeSigningConfig'),
      async handle(input: ConfigNamed) {
        await through.delete(CONFIG, existing(input).arn);
        return {};
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html */
    ListCodeSigningConfigs: {
      requires: requiresAnywhere('ListCodeSigningConfigs'),
      handle(input: Paged) {
        const { items, NextMarker } = page(records.codeSigningConfigs.list(), input, LARGEST_PAGE);
        return { CodeSigningConfigs: items.map(describe), NextMarker };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html */
    ListFunctionsByCodeSigningConfig: {
      requires: requiresConfig('ListFunctionsByCodeSigningConfig'),
      handle(input: ConfigNamed & Paged) {
        const { arn } = existing(input);
        const users = records.functionCodeSigning.list().filter(({ value }) => value === arn);
        const rows = users.map(({ key }) => ({ key, value: functions.arn(key) }));
        const { items, NextMarker } = page(rows, input, LARGEST_PAGE);
        return { FunctionArns: items, NextMarker };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html */
    PutFunctionCodeSigningConfig: {
      requires: (input: Named & ConfigNamed) => [
        ...requiresConfig('PutFunctionCodeSigningConfig')(input),
        ...requiresOn(
          functions,
          'PutFunctionCodeSigningConfig',
        )(input).map((requirement) => ({
          ...requirement,
          context: { 'lambda:CodeSigningConfigArn': input.CodeSigningConfigArn },
        })),
      ],
      handle(input: Named & ConfigNamed) {
        checkCodeSigning(parts, input.CodeSigningConfigArn);
        const FunctionName = functionName(input);
        attachCodeSigning(parts, FunctionName, input.CodeSigningConfigArn);
        return { CodeSigningConfigArn: input.CodeSigningConfigArn, FunctionName };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html: nothing where there is none. */
    GetFunctionCodeSigningConfig: {
      requires: requiresOn(functions, 'GetFunctionCodeSigningConfig'),
      handle(input: Named) {
        const FunctionName = functionName(input);
        const CodeSigningConfigArn = records.functionCodeSigning.get(FunctionName);
        return CodeSigningConfigArn === undefined ? {} : { CodeSigningConfigArn, FunctionName };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionCodeSigningConfig.html */
    DeleteFunctionCodeSigningConfig: {
      requires: requiresOn(functions, 'DeleteFunctionCodeSigningConfig'),
      handle(input: Named) {
        attachCodeSigning(parts, functionName(input), undefined);
        return {};
      },
    },
  };
}

/** Only what the input says. */
function changes(input: ConfigInput): JsonObject {
  const members = ['Description', 'AllowedPublishers', 'CodeSigningPolicies'] as const;
  const given = members.filter((name) => input[name] != null);
  return Object.fromEntries(given.map((name) => [name, input[name] as unknown as Json]));
}

function describe(record: CodeSigningConfigRecord): object {
  return {
    CodeSigningConfigId: record.id,
    CodeSigningConfigArn: record.arn,
    Description: record.description,
    AllowedPublishers: { SigningProfileVersionArns: [...record.signingProfileVersionArns] },
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: record.untrustedArtifactOnDeployment },
    LastModified: record.lastModified,
  };
}
