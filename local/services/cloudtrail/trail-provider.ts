import { AwsError } from '../../kernel/aws-error.ts';
import { type PropertyReader, readProperties } from '../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult, Unsupported } from '../../kernel/provider.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import type { Json, JsonObject } from '../../template/stack.ts';
import type { Selector, Trail, Trails } from './trails.ts';

export const CLOUDTRAIL = 'cloudtrail.amazonaws.com';

interface TrailProperties extends Omit<Trail, 'name' | 'arn'> {
  readonly name: string;
  readonly bucket: string;
  readonly prefix: string | undefined;
  readonly key: string | undefined;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudtrail-trail.html */
export function trailProvider(context: ServiceContext, trails: Trails): Provider {
  const { store, partition, region, accountId } = context;

  async function put(properties: TrailProperties): Promise<ResourceResult> {
    const { name, isLogging, management, hasGlobalServices } = properties;
    const arn = `arn:${partition}:cloudtrail:${region}:${accountId}:trail/${name}`;
    await checkBucket(context, arn, properties);
    await checkKey(context, arn, properties.key);
    store.transaction(() => trails.put({ name, arn, isLogging, management, hasGlobalServices }));
    return { physicalId: name, attributes: { Arn: arn } };
  }

  return {
    async create(request) {
      const properties = readTrail(request, request.generatedName);
      if (!request.interrupted && trails.find(properties.name)) {
        throw new AwsError('TrailAlreadyExistsException', `Trail ${properties.name} already exists.`);
      }
      return await put(properties);
    },
    update(request, { physicalId }) {
      // A trail that was named by CloudFormation keeps its name while the template gives it none.
      return put(readTrail(request, physicalId));
    },
    delete({ physicalId }) {
      store.transaction(() => trails.delete(physicalId));
    },
    unsupported: ({ properties }) => unsupported(properties),
  };
}

function readTrail(request: ResourceRequest, generatedName: string): TrailProperties {
  return readProperties(request, (reader) => ({
    name: reader.text('TrailName') ?? generatedName,
    bucket: reader.requiredText('S3BucketName'),
    prefix: reader.text('S3KeyPrefix'),
    key: reader.text('KMSKeyId'),
    isLogging: reader.boolean('IsLogging') ?? false,
    management: [...readSelectors(reader)],
    hasGlobalServices: reader.boolean('IncludeGlobalServiceEvents') ?? false,
  }));
}

/** A trail without selectors logs all management events. */
function readSelectors(reader: PropertyReader): readonly Selector[] {
  const { EventSelectors: basic, AdvancedEventSelectors: advanced } = reader.properties;
  if (basic !== undefined && advanced !== undefined) {
    reader.refuse(['AdvancedEventSelectors'], 'a trail has either event selectors or advanced ones');
  }
  if (advanced !== undefined) return reader.objects('AdvancedEventSelectors', readAdvanced).flat();
  if (basic === undefined) return [{ logs: 'All', exceptSources: [] }];
  return reader
    .objects('EventSelectors', (each): Selector[] =>
      (each.boolean('IncludeManagementEvents') ?? true)
        ? [
            {
              logs: each.oneOf('ReadWriteType', ['All', 'ReadOnly', 'WriteOnly'] as const) ?? 'All',
              exceptSources: each.texts('ExcludeManagementEventSources'),
            },
          ]
        : [],
    )
    .flat();
}

function readAdvanced(selector: PropertyReader): Selector[] {
  const fields = selector.objects('FieldSelectors', (each) => ({
    field: each.requiredText('Field'),
    equals: each.texts('Equals'),
    notEquals: each.texts('NotEquals'),
  }));
  const of = (name: string) => fields.find(({ field }) => field === name);
  if (!of('eventCategory')?.equals.includes('Management')) return [];
  const readOnly = of('readOnly')?.equals[0];
  const logs = readOnly === undefined ? 'All' : readOnly === 'true' ? 'ReadOnly' : 'WriteOnly';
  return [{ logs, exceptSources: of('eventSource')?.notEquals ?? [] }];
}

/**
 * A trail is refused whose bucket does not let CloudTrail in.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
 */
async function checkBucket(context: ServiceContext, trailArn: string, properties: TrailProperties): Promise<void> {
  const { bucket: Bucket, prefix } = properties;
  const { dispatch, accountId } = context;
  const caller = { kind: 'service', service: CLOUDTRAIL, sourceArn: trailArn, sourceAccount: accountId } as const;
  const Key = `${prefix === undefined ? '' : `${prefix}/`}AWSLogs/${accountId}/CloudTrail/`;
  try {
    await dispatch({ caller, service: 's3', operation: 'GetBucketAcl', input: { Bucket } });
    // CloudTrail makes the folder of its log files when it is given the bucket.
    const input = { Bucket, Key, Body: new Uint8Array(), ACL: 'bucket-owner-full-control' };
    await dispatch({ caller, service: 's3', operation: 'PutObject', input });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === 'NoSuchBucket') {
      throw new AwsError('S3BucketDoesNotExistException', `S3 bucket ${Bucket} does not exist!`, { cause: error });
    }
    if (error.statusCode !== 403) throw error;
    const told = `Incorrect S3 bucket policy is detected for bucket: ${Bucket}`;
    throw new AwsError('InsufficientS3BucketPolicyException', `${told} (${error.message})`, { cause: error });
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html */
async function checkKey(context: ServiceContext, trailArn: string, KeyId: string | undefined): Promise<void> {
  if (KeyId === undefined) return;
  const { dispatch, accountId } = context;
  const caller = { kind: 'service', service: CLOUDTRAIL, sourceArn: trailArn, sourceAccount: accountId } as const;
  const EncryptionContext = { 'aws:cloudtrail:arn': trailArn };
  try {
    await dispatch({ caller, service: 'kms', operation: 'DescribeKey', input: { KeyId } });
    const input = { KeyId, KeySpec: 'AES_256', EncryptionContext };
    await dispatch({ caller, service: 'kms', operation: 'GenerateDataKey', input });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const told = `Insufficient permissions to access KMS key ${KeyId}`;
    throw new AwsError('InsufficientEncryptionPolicyException', `${told} (${error.message})`, { cause: error });
  }
}

const NOT_WRITTEN = 'records of calls go to EventBridge: log files are not written';

/** What of a trail goes elsewhere than to EventBridge. */
function unsupported(properties: JsonObject): Unsupported[] {
  const found: Unsupported[] = [{ path: ['S3BucketName'], message: NOT_WRITTEN }];
  for (const [name, what] of [
    ['CloudWatchLogsLogGroupArn', 'records are not written into log groups'],
    ['SnsTopicName', 'there are no log files to tell of'],
    ['InsightSelectors', 'nobody looks for unusual activity'],
  ] as const) {
    if (properties[name] !== undefined) found.push({ path: [name], message: what });
  }
  listOf(properties['EventSelectors']).forEach((selector, index) => {
    if (listOf(selector['DataResources']).length === 0) return;
    found.push({ path: ['EventSelectors', index, 'DataResources'], message: 'data events are not recorded' });
  });
  listOf(properties['AdvancedEventSelectors']).forEach((selector, index) => {
    listOf(selector['FieldSelectors']).forEach((each, place) => {
      const problem = problemOf(each);
      const path = ['AdvancedEventSelectors', index, 'FieldSelectors', place];
      if (problem !== undefined) found.push({ path, message: problem });
    });
  });
  return found;
}

function problemOf({ Field, Equals, NotEquals, ...more }: JsonObject): string | undefined {
  const values = Array.isArray(Equals) ? Equals : [];
  if (Field === 'eventCategory') {
    return values.includes('Management') ? undefined : `${values.join(', ')} events are not recorded`;
  }
  const isRead = Field === 'readOnly' || (Field === 'eventSource' && NotEquals !== undefined);
  return isRead && Object.keys(more).length === 0
    ? undefined
    : `${String(Field)} is not looked at: such events are recorded whatever it is`;
}

function listOf(value: Json | undefined): JsonObject[] {
  const isObject = (one: Json): one is JsonObject => typeof one === 'object' && one !== null && !Array.isArray(one);
  return Array.isArray(value) ? value.filter(isObject) : [];
}
