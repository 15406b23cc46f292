/**
 * The bucket that custom resources answer through: CloudFormation's own, in an account of AWS. It is all of S3 that is
 * needed for the answer to take the way it takes on AWS: by S3's name and endpoint, past the endpoint's policy.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-vpce-bucketnames.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation, ResourceFacts, ServiceContext, ServiceDefinition } from '../../kernel/service.ts';
import type { Policy } from '../../policy/iam/index.ts';
import type { ResponseInbox } from './response-inbox.ts';

export const BUCKET_PREFIX = 'cloudformation-custom-resource-response-';

/** Who presigned the URL, and is asked about: whoever holds it has that permission and no other. */
export const PRESIGNER = 'cloudformation.amazonaws.com';

export function bucketName(region: string): string {
  return BUCKET_PREFIX + region.replaceAll('-', '');
}

/** `cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com` */
export function bucketHost({ region, partition }: Pick<ServiceContext, 'region' | 'partition'>): string {
  return `${bucketName(region)}.s3.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}

interface ObjectInput {
  readonly Bucket: string;
  readonly Key: string;
}

export interface PutAnswer extends ObjectInput {
  readonly Body: Uint8Array;
}

/** Not an account of this one; which of AWS's it is, nobody is told. */
const AWS_ACCOUNT = '000000000000';

export function responseBucketService(inbox: ResponseInbox): ServiceDefinition {
  return {
    name: 's3',
    resourceTypes: [],
    load: async (context) => {
      const bucket = bucketName(context.region);
      const objects = objectArn(context, { Bucket: bucket, Key: '' });
      const facts: ResourceFacts = { accountId: AWS_ACCOUNT, policies: [bucketPolicy(bucket, objects)] };
      const put: Operation<PutAnswer> = {
        requires: (input) => [{ action: 's3:PutObject', resource: objectArn(context, input) }],
        handle({ Bucket, Key, Body }) {
          if (Bucket !== bucket) throw notEmulated();
          if (inbox.deliver(Key, Body)) return {};
          throw new AwsError('AccessDenied', 'Access Denied', { statusCode: 403 });
        },
      };
      const get: Operation<ObjectInput> = {
        requires: (input) => [{ action: 's3:GetObject', resource: objectArn(context, input) }],
        handle() {
          throw notEmulated();
        },
      };
      return {
        operations: { PutObject: put, GetObject: get },
        providers: {},
        resourceFacts: (arn) => (arn.startsWith(objects) ? facts : undefined),
        wordDenial: () => ({ code: 'AccessDenied' }),
      };
    },
  };
}

function bucketPolicy(bucket: string, objects: string): Policy {
  return {
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: [PRESIGNER] },
          Action: ['s3:PutObject'],
          Resource: [`${objects}*`],
        },
      ],
    },
    source: { kind: 'resource', name: `bucket policy of ${bucket}` },
  };
}

const objectArn = ({ partition }: ServiceContext, { Bucket, Key }: ObjectInput) =>
  `arn:${partition}:s3:::${Bucket}/${Key}`;

const notEmulated = () => new AwsError('ServiceNotEmulated', 'service s3 is not emulated', { statusCode: 501 });
