/** https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk */
import type { ServiceContext } from '../../kernel/service.ts';

type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

/** Services that keep a key `alias/aws/SERVICE` in an account. */
const SERVICES = new Set(
  (
    'acm backup cloud9 codeartifact codecommit connect dms dynamodb ebs elasticfilesystem es fsx glue importexport ' +
    'kafka kinesis kinesisvideo lambda lex lightsail memorydb mq rds redshift s3 secretsmanager ses sns sqs ssm ' +
    'timestream workspaces xray'
  ).split(' '),
);

export const isAwsService = (name: string): boolean => SERVICES.has(name);

/** Who may call the service may use its key through it; nobody may change the key. */
export function awsManagedPolicy(service: string, { partition, region, accountId }: Place): string {
  const Condition = {
    StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': `${service}.${region}.amazonaws.com` },
  };
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow access through ${service} for all principals in the account that are authorized to use it`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition,
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: rootOf({ partition, accountId }) },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  });
}

/** What a key gets whose maker gave it no policy: IAM decides. */
export function defaultPolicy(place: Pick<Place, 'partition' | 'accountId'>): string {
  return JSON.stringify(
    {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: rootOf(place) },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    },
    undefined,
    2,
  );
}

const rootOf = ({ partition, accountId }: Pick<Place, 'partition' | 'accountId'>): string =>
  `arn:${partition}:iam::${accountId}:root`;
