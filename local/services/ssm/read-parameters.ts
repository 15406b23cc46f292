/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html and those beside it. */
import type {
  GetParameterHistoryRequest,
  GetParameterRequest,
  GetParametersByPathRequest,
  GetParametersRequest,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../../kernel/aws-error.ts';
import type { CallContext, Operation, Requirement } from '../../kernel/service.ts';
import { notEmulated, validationError } from './errors.ts';
import { matchesFilters } from './filters.ts';
import { checkPath, isBelow } from './names.ts';
import { page } from './paging.ts';
import { currentOf, type Parameter, type ParameterVersion } from './records.ts';
import type { Found } from './repository.ts';
import type { Operations, Room, With } from './room.ts';
import { isSecretReference, readSecret } from './secret-reference.ts';

const MOST_NAMES = 10;

export function readOperations(room: Room): Operations {
  const { repository, needs, encryption, dispatch } = room;

  async function told({ parameter, version, selector }: Found, withDecryption: boolean): Promise<object> {
    return {
      Name: parameter.name,
      Type: version.type,
      Value: await textOf(parameter, version, withDecryption),
      Version: version.version,
      ...(selector !== undefined && { Selector: selector }),
      LastModifiedDate: new Date(version.modifiedAt),
      ARN: parameter.arn,
      DataType: version.dataType,
    };
  }

  async function textOf(parameter: Parameter, version: ParameterVersion, withDecryption: boolean): Promise<string> {
    if (version.type !== 'SecureString' || !withDecryption) return version.value;
    return encryption.decrypt(version.value, parameter.arn);
  }

  /** Of what is there; what is not needs no key. */
  function keysFor(reference: string, withDecryption: boolean | undefined): readonly Requirement[] {
    const parameter = withDecryption ? repository.find(repository.parse(reference).name) : undefined;
    return parameter ? needs.toDecrypt(parameter.arn, selectedOf(parameter, reference)) : [];
  }

  function selectedOf(parameter: Parameter, reference: string): ParameterVersion {
    try {
      return repository.select(reference).version;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return currentOf(parameter);
    }
  }

  async function read(reference: string, withDecryption: boolean, call: CallContext): Promise<object> {
    if (isSecretReference(reference)) return readSecret(reference, withDecryption, call, dispatch);
    refusePublic(reference);
    return told(repository.select(reference), withDecryption);
  }

  const getParameter: Operation<With<GetParameterRequest, 'Name'>> = {
    requires: ({ Name, WithDecryption }) => [needs.onParameter('GetParameter', Name), ...keysFor(Name, WithDecryption)],
    handle: async ({ Name, WithDecryption = false }, call) => ({ Parameter: await read(Name, WithDecryption, call) }),
  };

  const getParameters: Operation<With<GetParametersRequest, 'Names'>> = {
    requires: ({ Names, WithDecryption }) =>
      Names.flatMap((name) => [needs.onParameter('GetParameters', name), ...keysFor(name, WithDecryption)]),
    async handle({ Names, WithDecryption = false }, call) {
      checkNames(Names);
      const Parameters: object[] = [];
      const InvalidParameters: string[] = [];
      for (const name of Names) {
        try {
          Parameters.push(await read(name, WithDecryption, call));
        } catch (error) {
          if (!(error instanceof AwsError) || !/^Parameter(?:Version)?NotFound$/.test(error.code)) throw error;
          InvalidParameters.push(name);
        }
      }
      return { Parameters, InvalidParameters };
    },
  };

  const getParametersByPath: Operation<With<GetParametersByPathRequest, 'Path'>> = {
    requires: ({ Path, Recursive }) => [
      needs.onParameter('GetParametersByPath', Path, { 'ssm:Recursive': String(Recursive ?? false) }),
    ],
    async handle(input, call) {
      refusePublic(input.Path);
      const path = checkPath(input.Path);
      const { Recursive = false, WithDecryption = false, ParameterFilters, NextToken } = input;
      const below = repository
        .all(path === '/' ? undefined : `${path}/`)
        .filter((each) => isBelow(each.name, path, Recursive) && matchesFilters(each, ParameterFilters, 'path'));
      const { items, nextToken } = page(below, input.MaxResults, NextToken, 10);
      if (WithDecryption) {
        await call.demand?.(items.flatMap((each) => needs.toDecrypt(each.arn, currentOf(each))));
      }
      const Parameters = await Promise.all(
        items.map((parameter) => told({ parameter, version: currentOf(parameter) }, WithDecryption)),
      );
      return { Parameters, NextToken: nextToken };
    },
  };

  const getHistory: Operation<With<GetParameterHistoryRequest, 'Name'>> = {
    requires: ({ Name }) => [needs.onParameter('GetParameterHistory', Name)],
    async handle({ Name, WithDecryption = false, MaxResults, NextToken }, call) {
      const parameter = repository.get(Name);
      const { items, nextToken } = page(parameter.versions, MaxResults, NextToken, 50);
      if (WithDecryption) await call.demand?.(items.flatMap((each) => needs.toDecrypt(parameter.arn, each)));
      const Parameters = await Promise.all(
        items.map(async (version) => ({
          ...metadataOf(parameter, version),
          ARN: undefined,
          Value: await textOf(parameter, version, WithDecryption),
          Labels: version.labels,
        })),
      );
      return { Parameters, NextToken: nextToken };
    },
  };

  return {
    GetParameter: getParameter,
    GetParameters: getParameters,
    GetParametersByPath: getParametersByPath,
    GetParameterHistory: getHistory,
  };
}

/** What is told of a parameter that keeps its value to itself. */
export function metadataOf(parameter: Parameter, version: ParameterVersion) {
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: new Date(version.modifiedAt),
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  };
}

function checkNames(names: readonly string[]): void {
  if (names.length > MOST_NAMES) {
    throw validationError(
      `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to ${MOST_NAMES}`,
    );
  }
  if (new Set(names).size < names.length) throw validationError('Duplicate names are not allowed.');
}

/** AWS's own, of which there are millions. */
function refusePublic(name: string): void {
  if (/^\/aws\/service\//.test(name)) throw notEmulated(`The public parameter ${name} is AWS's, and`);
}
