/** What Lambda looks at before it makes or changes a mapping: the function, its role, the source, and other mappings. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Requirement } from '../../../kernel/service.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import { conflict, invalidParameter } from '../errors.ts';
import { parseFunctionName } from '../names.ts';
import type { FunctionVersion } from '../records.ts';
import { checkDestinations } from '../roles/check-role.ts';
import { because, NOT_ASSUMABLE } from '../roles/execution-role.ts';
import type { LambdaRoom } from '../room.ts';
import type { MappingSettings } from './mapping-settings.ts';
import { queueUrlOf } from './sources.ts';

const ITSELF = { kind: 'internal', service: 'lambda.amazonaws.com' } as const;

/**
 * Throws and rejects with InvalidParameterValueException and ResourceNotFoundException.
 * @returns the ARN of what is to be invoked, qualified as it was asked for
 */
export async function checkMapping(room: LambdaRoom, settings: MappingSettings): Promise<string> {
  const { functions } = room;
  const { name, qualifier } = functions.reference(settings.functionName);
  const version = functions.version(name, qualifier);
  if (settings.stream === undefined) await checkQueue(room, settings.eventSourceArn, version);
  else await checkStream(room, settings.eventSourceArn, version);
  await checkDestinations(room, version.role, functions.arn(name), [settings.stream?.onFailureArn]);
  return functions.arn(name, qualifier);
}

/** Throws ResourceConflictException where the same function, qualified alike, reads the same source already. */
export function refuseSecond({ records }: Pick<LambdaRoom, 'records'>, sourceArn: string, functionArn: string): void {
  for (const { value } of records.eventSourceMappings.list()) {
    if (value.eventSourceArn !== sourceArn || value.functionArn !== functionArn) continue;
    const { name, qualifier } = parseFunctionName(functionArn);
    const called = qualifier === undefined ? name : `${name}:${qualifier}`;
    const already =
      value.stream === undefined
        ? `An event source mapping with SQS arn (" ${sourceArn} ") and function (" ${called} ") already exists.`
        : `The event source arn (" ${sourceArn} ") and function (" ${called} ") provided mapping already exists.`;
    throw conflict(`${already} Please update or delete the existing mapping with UUID ${value.uuid}`);
  }
}

async function checkQueue(room: LambdaRoom, arn: string, version: FunctionVersion): Promise<void> {
  const actions = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];
  await checkRole(room, version, arn, actions, 'sqs', (denied) => {
    return `The provided execution role does not have permissions to call ${denied} on SQS`;
  });
  const visibility = await visibilityOf(room, arn);
  if (visibility < version.timeout) {
    throw invalidParameter(
      `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${version.timeout} seconds`,
    );
  }
}

/** Seconds. */
async function visibilityOf({ dispatch }: LambdaRoom, arn: string): Promise<number> {
  const input = { QueueUrl: queueUrlOf(arn), AttributeNames: ['VisibilityTimeout'] };
  try {
    const answer = await dispatch({ caller: ITSELF, service: 'sqs', operation: 'GetQueueAttributes', input });
    return Number((answer as { Attributes?: Record<string, string> }).Attributes?.['VisibilityTimeout'] ?? 30);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'QueueDoesNotExist') throw error;
    throw invalidParameter(
      `Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: ${error.message}`,
    );
  }
}

async function checkStream(room: LambdaRoom, arn: string, version: FunctionVersion): Promise<void> {
  const actions = ['GetRecords', 'GetShardIterator', 'DescribeStream'];
  await checkRole(room, version, arn, actions, 'dynamodb', () => {
    return `Cannot access stream ${arn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`;
  });
  try {
    await room.dispatch({
      caller: ITSELF,
      service: 'dynamodb',
      operation: 'DescribeStream',
      input: { StreamArn: arn, Limit: 1 },
    });
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
    throw invalidParameter(`Stream not found: ${arn}`);
  }
}

/** In the order of `names`, as Lambda tries one after the other. */
async function checkRole(
  { askRole, functions, telemetry, clock }: LambdaRoom,
  version: FunctionVersion,
  resource: string,
  names: readonly string[],
  service: string,
  refusal: (denied: string) => string,
): Promise<void> {
  const actions: Requirement[] = names.map((name) => ({ action: `${service}:${name}`, resource }));
  const { role: roleArn, functionName } = version;
  const verdict = await askRole({ roleArn, functionArn: functions.arn(functionName), actions });
  if (!verdict.Trusted) throw invalidParameter(NOT_ASSUMABLE);
  for (const { action } of actions) {
    const denied = verdict.Denied.find(({ Action }) => Action === action);
    if (!denied) continue;
    const message = refusal(action.slice(action.indexOf(':') + 1));
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message: `${functionName}: ${message}: ${because(denied)}` }]);
    throw invalidParameter(message);
  }
}
