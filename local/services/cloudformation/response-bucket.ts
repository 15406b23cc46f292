/**
 * The bucket that custom resources answer through: CloudFormation's own, in an account of AWS. S3 has it among its
 * buckets, so that the answer takes the way it takes on AWS: by S3's name and endpoint, past the endpoint's policy.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-vpce-bucketnames.html
 */
import type { ServiceContext } from '../../kernel/service.ts';
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

export interface PutAnswer {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body: Uint8Array;
}

/** A bucket that is not this account's; S3 asks its policy, and hands over what is put there. */
export interface ResponseBucket {
  readonly name: string;
  readonly accountId: string;
  readonly policy: string;
  /** False when nobody waits for it any more. */
  readonly receive: (key: string, body: Uint8Array) => boolean;
}

/** Which of AWS's accounts it is, nobody is told. */
const AWS_ACCOUNT = '000000000000';

export function responseBucket(
  { region, partition }: Pick<ServiceContext, 'region' | 'partition'>,
  inbox: Pick<ResponseInbox, 'deliver'>,
): ResponseBucket {
  const name = bucketName(region);
  const statement = {
    Effect: 'Allow',
    Principal: { Service: PRESIGNER },
    Action: 's3:PutObject',
    Resource: `arn:${partition}:s3:::${name}/*`,
  };
  return {
    name,
    accountId: AWS_ACCOUNT,
    policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    receive: (key, body) => inbox.deliver(key, body),
  };
}
