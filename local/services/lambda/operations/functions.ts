/** Functions as a whole. https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
import type { Operation, Requirement } from '../../../kernel/service.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { conflict, invalidParameter } from '../errors.ts';
import { describeVersion } from '../functions/configuration.ts';
import { LATEST } from '../functions/functions.ts';
import { checkNetwork } from '../functions/vpc.ts';
import type { FunctionVersion } from '../records.ts';
import { publishVersion } from '../versions-and-aliases/publish.ts';
import { type FunctionInput, propertiesOfInput, tagsProperty } from './function-input.ts';
import { type Paged, page } from './paging.ts';
import { type Named, type OperationParts, requiresAnywhere, requiresOn } from './parts.ts';
import { refuseMembers } from './refused-members.ts';
import { requiresUpload, type Uploaded, uploadedCode } from './uploads.ts';
import { versionsOf } from './versions.ts';

interface CreateFunctionInput extends FunctionInput {
  readonly Code: Uploaded;
  readonly Publish?: boolean;
  readonly PackageType?: string;
  readonly Tags?: Readonly<Record<string, string>>;
  readonly Architectures?: readonly string[];
  readonly CodeSigningConfigArn?: string;
  readonly TenancyConfig?: object;
}

const LONGEST_NAME = 64;

export function functionOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records, through, place, code, downloads } = parts;

  return {
    CreateFunction: {
      requires: (input: CreateFunctionInput) => [
        ...requiresOn(functions, 'CreateFunction')({ FunctionName: input.FunctionName }),
        ...(input.Tags ? requiresOn(functions, 'TagResource')({ FunctionName: input.FunctionName }) : []),
        ...requiresRole(input.Role),
        ...requiresLayers(input.Layers),
        ...requiresUpload(input.Code, place.partition),
      ],
      async handle(input: CreateFunctionInput) {
        const name = nameToCreate(input.FunctionName);
        refuseMembers(input, input.Runtime);
        if (input.Code.ImageUri !== undefined) refuseMembers({ ...input, PackageType: 'Image' }, input.Runtime);
        if (records.functions.get(name)) throw conflict(`Function already exist: ${name}`);
        if (input.VpcConfig) await checkNetwork(input.VpcConfig, parts);
        const release = code.hold();
        try {
          const properties: JsonObject = {
            ...propertiesOfInput(input),
            FunctionName: name,
            Code: await uploadedCode(input.Code, 'CreateFunction', parts),
            ...(input.Architectures && { Architectures: [...input.Architectures] }),
            ...(input.Tags && { Tags: tagsProperty(input.Tags) }),
            ...(input.CodeSigningConfigArn && { CodeSigningConfigArn: input.CodeSigningConfigArn }),
          };
          await through.create('AWS::Lambda::Function', { name, properties });
        } finally {
          release();
        }
        const made = input.Publish ? await publishVersion(parts, name, undefined) : functions.record(name).latest;
        return describeVersion(made, parts, { as: 'created' });
      },
    },

    GetFunctionConfiguration: {
      requires: requiresOn(functions, 'GetFunctionConfiguration'),
      handle: (input: Named) => describe(input),
    },

    GetFunction: {
      requires: requiresOn(functions, 'GetFunction'),
      async handle(input: Named) {
        const { name } = functions.reference(input.FunctionName, input.Qualifier);
        const version = functions.version(input.FunctionName, input.Qualifier);
        const { reservedConcurrency } = functions.record(name);
        const tags = records.tags.get(functions.arn(name));
        return {
          Configuration: await describe(input),
          Code:
            version.code.kind === 'image'
              ? { RepositoryType: 'ECR', ImageUri: version.code.uri, ResolvedImageUri: version.code.uri }
              : { RepositoryType: 'S3', Location: downloads.urlOf(version.code, 'tasks') },
          ...(tags && { Tags: tags }),
          ...(reservedConcurrency !== undefined && {
            Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
          }),
        };
      },
    },

    ListFunctions: {
      requires: requiresAnywhere('ListFunctions'),
      async handle(input: Paged & { readonly FunctionVersion?: 'ALL'; readonly MasterRegion?: string }) {
        // Replicas of Lambda@Edge have a master in another Region; there are none here.
        const { MasterRegion } = input;
        const isOurs = MasterRegion === undefined || MasterRegion === 'ALL' || MasterRegion === place.region;
        const rows = (isOurs ? records.functions.list() : []).flatMap(({ key, value }) =>
          input.FunctionVersion === 'ALL'
            ? [value.latest, ...versionsOf(records, key)].map((version) => ({ key: orderOf(version), value: version }))
            : [{ key, value: value.latest }],
        );
        const { items, NextMarker } = page(rows, input);
        const manner = (version: FunctionVersion) => ({
          as: 'listed' as const,
          qualifier: input.FunctionVersion === 'ALL' ? version.version : undefined,
        });
        return {
          Functions: await Promise.all(items.map((version) => describeVersion(version, parts, manner(version)))),
          NextMarker,
        };
      },
    },

    DeleteFunction: {
      requires: requiresOn(functions, 'DeleteFunction'),
      async handle(input: Named) {
        const { name, qualifier } = functions.reference(input.FunctionName, input.Qualifier);
        if (qualifier === LATEST) {
          throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
        }
        if (qualifier !== undefined && !/^\d+$/.test(qualifier)) {
          throw invalidParameter('Deletion of aliases is not currently supported.');
        }
        functions.record(name);
        await through.alone(functions.arn(name), async () => {
          if (qualifier === undefined) return through.delete('AWS::Lambda::Function', name);
          refuseAliased(name, qualifier);
          // A version that is not there is as good as deleted.
          return through.delete('AWS::Lambda::Version', functions.arn(name, qualifier));
        });
        return { StatusCode: 204 };
      },
    },
  };

  function describe({ FunctionName, Qualifier }: Named): Promise<object> {
    const { qualifier } = functions.reference(FunctionName, Qualifier);
    return describeVersion(functions.version(FunctionName, Qualifier), parts, { qualifier });
  }

  /** A name that is to be: the pattern and the longest ARN are the wire's matter, the longest name is Lambda's own. */
  function nameToCreate(functionName: string): string {
    const { name, qualifier } = functions.reference(functionName);
    if (name.length > LONGEST_NAME) {
      throw invalidParameter(
        `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST_NAME}`,
      );
    }
    if (qualifier === undefined) return name;
    throw invalidParameter('The function name must not have a qualifier.');
  }

  function refuseAliased(name: string, version: string): void {
    const aliases = records.aliases
      .list({ prefix: `${name}:` })
      .filter(
        ({ value }) => value.functionVersion === version || Object.hasOwn(value.additionalVersionWeights, version),
      )
      .map(({ value }) => value.name);
    if (aliases.length === 0) return;
    throw conflict(`Unable to delete version because the following aliases reference it: [${aliases.join(', ')}]`);
  }
}

/** Giving a function a role is handing on that role's permissions. */
export function requiresRole(role: string | undefined): Requirement[] {
  if (role === undefined) return [];
  return [{ action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 'lambda.amazonaws.com' } }];
}

export function requiresLayers(layers: readonly string[] | undefined): Requirement[] {
  return (layers ?? []).map((arn) => ({ action: 'lambda:GetLayerVersion', resource: arn }));
}

/** Functions by name, and of each first `$LATEST` and then its versions by number. */
function orderOf({ functionName, version }: FunctionVersion): string {
  return `${functionName} ${version === LATEST ? '' : version.padStart(12, '0')}`;
}
