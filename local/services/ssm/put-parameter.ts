/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
import type { PutParameterRequest } from '@aws-sdk/client-ssm';
import { AwsError } from '../../kernel/aws-error.ts';
import { arnOf } from '../../kernel/caller.ts';
import type { Operation } from '../../kernel/service.ts';
import { alreadyExists, notEmulated, validationError } from './errors.ts';
import { checkName } from './names.ts';
import {
  currentOf,
  type Parameter,
  type ParameterType,
  type ParameterVersion,
  type Tag,
  type Tier,
} from './records.ts';
import { DEFAULT_KEY, requestTags } from './requirements.ts';
import type { Room, With } from './room.ts';
import { checkTags } from './tags.ts';

export type PutInput = With<PutParameterRequest, 'Name' | 'Value'>;

const MOST_VERSIONS = 100;
const MOST_BYTES: Readonly<Record<Tier, number>> = { Standard: 4_096, Advanced: 8_192 };
const TYPES: readonly ParameterType[] = ['String', 'StringList', 'SecureString'];

/** A new parameter, or a new version of one. Rejects as AWS does. */
export async function putParameter(room: Room, input: PutInput, modifiedBy: string): Promise<Parameter> {
  const { repository, encryption, clock } = room;
  const { name } = repository.parse(input.Name);
  checkName(name);
  const before = repository.find(name);
  if (before && !input.Overwrite) throw alreadyExists();
  if (input.Overwrite && input.Tags?.length) {
    throw validationError(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  refuseAbsent(input);
  const last = before && currentOf(before);
  const type = typeOf(input, last);
  const tier = tierOf(input, last);
  checkValue(input, tier);
  const tags = before?.tags ?? checkTags(input.Tags as readonly Tag[] | undefined);
  const arn = repository.arnOf(name);
  const keyId = type === 'SecureString' ? (input.KeyId ?? last?.keyId ?? DEFAULT_KEY) : undefined;
  if (keyId === undefined && input.KeyId !== undefined)
    throw validationError('KeyId is required for SecureString type parameter only.');
  const value = keyId === undefined ? input.Value : await encryption.encrypt(input.Value, keyId, arn);
  // While KMS was asked, another version may have come.
  const now = repository.find(name);
  if (now && !input.Overwrite) throw alreadyExists();
  const { Description = last?.description, AllowedPattern = last?.allowedPattern } = input;
  const version: ParameterVersion = {
    version: (now ? currentOf(now).version : 0) + 1,
    value,
    type,
    ...(keyId !== undefined && { keyId }),
    ...(Description !== undefined && { description: Description }),
    ...(AllowedPattern !== undefined && AllowedPattern !== '' && { allowedPattern: AllowedPattern }),
    tier,
    dataType: input.DataType ?? last?.dataType ?? 'text',
    modifiedAt: clock.now(),
    modifiedBy,
    labels: [],
  };
  return repository.put({ name, arn, tags: now?.tags ?? tags, versions: [...withRoomForOne(now), version] });
}

/** The oldest goes, unless somebody has labelled it. */
function withRoomForOne(parameter: Parameter | undefined): readonly ParameterVersion[] {
  const versions = parameter?.versions ?? [];
  if (versions.length < MOST_VERSIONS) return versions;
  const [oldest, ...others] = versions;
  if (oldest!.labels.length > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${parameter!.name} by calling the PutParameter API with the overwrite flag. Version ${oldest!.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  return others;
}

function refuseAbsent({ Policies, DataType }: PutInput): void {
  if (Policies !== undefined && Policies !== '' && Policies !== '[]') {
    throw notEmulated(
      'What parameter policies do (Policies: Expiration, ExpirationNotification, NoChangeNotification)',
    );
  }
  if (DataType === 'aws:ssm:integration') throw notEmulated('The data type aws:ssm:integration');
  if (DataType !== undefined && !['text', 'aws:ec2:image'].includes(DataType)) {
    throw validationError(`The following data type is not supported: ${DataType} (Data type names are all lowercase.)`);
  }
}

function typeOf({ Type }: PutInput, last: ParameterVersion | undefined): ParameterType {
  if (Type === undefined) {
    if (last) return last.type;
    throw validationError('A parameter type is required when you create a parameter.');
  }
  const type = TYPES.find((each) => each === Type);
  if (!type) throw new AwsError('UnsupportedParameterType', `The parameter type ${Type} is not supported.`);
  if (last && last.type !== type) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      `Parameter Store doesn't support changing a parameter type in a hierarchy: it is a ${last.type}, and cannot become a ${type}. Delete it and create it again.`,
    );
  }
  return type;
}

/** Intelligent tiering takes the cheaper one, as long as it holds the value. */
function tierOf({ Tier: given, Value }: PutInput, last: ParameterVersion | undefined): Tier {
  if (given === 'Intelligent-Tiering') {
    return last?.tier === 'Advanced' || Buffer.byteLength(Value) > MOST_BYTES.Standard ? 'Advanced' : 'Standard';
  }
  if (given === 'Standard' && last?.tier === 'Advanced') {
    throw validationError(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  return given === 'Advanced' ? 'Advanced' : (last?.tier ?? 'Standard');
}

function checkValue({ Value, AllowedPattern }: PutInput, tier: Tier): void {
  if (Value === '') {
    throw validationError(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (Buffer.byteLength(Value) > MOST_BYTES[tier]) {
    throw validationError(
      tier === 'Standard'
        ? 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
        : 'Advanced tier parameters support a maximum parameter value of 8192 characters.',
    );
  }
  if (/\{\{.*\}\}/.test(Value)) {
    throw validationError('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  }
  if (AllowedPattern === undefined || AllowedPattern === '') return;
  if (!patternOf(AllowedPattern).test(Value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${AllowedPattern}`,
    );
  }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 's');
  } catch {
    throw new AwsError(
      'InvalidAllowedPatternException',
      'The request does not meet the regular expression requirement.',
    );
  }
}

export function putOperation(room: Room): Operation<PutInput> {
  const { repository, needs } = room;
  return {
    requires(input) {
      const arn = repository.arnOf(repository.parse(input.Name).name);
      const before = repository.find(input.Name);
      const type = input.Type ?? (before && currentOf(before).type);
      const keyId = input.KeyId ?? (before && currentOf(before).keyId);
      const tags = input.Tags as readonly Tag[] | undefined;
      return [
        needs.onParameter('PutParameter', input.Name, {
          'ssm:Overwrite': String(input.Overwrite ?? false),
          ...requestTags(tags),
        }),
        ...(tags?.length ? [needs.onParameter('AddTagsToResource', input.Name, requestTags(tags))] : []),
        ...(type === 'SecureString' ? needs.toEncrypt(arn, keyId, tierWanted(input, before)) : []),
      ];
    },
    async handle(input, { principal }) {
      const { version, tier } = currentOf(await putParameter(room, input, arnOf(principal)));
      return { Version: version, Tier: tier };
    },
  };
}

/** For the keys that are asked about; what is wrong with it is said later. */
function tierWanted(input: PutInput, before: Parameter | undefined): Tier {
  try {
    return tierOf(input, before && currentOf(before));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return 'Standard';
  }
}
