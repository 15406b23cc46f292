import type { ServiceContext, ServiceDefinition } from '../../kernel/service.ts';

/** A bucket of AWS's own that the account uses: what is put there is handed over, and nothing else can be done with it. */
export interface ForeignBucket {
  readonly name: string;
  readonly accountId: string;
  /** JSON. */
  readonly policy: string;
  /** False when nobody wants it. */
  readonly receive: (key: string, body: Uint8Array) => boolean;
}

export interface S3Options {
  readonly foreignBuckets?: readonly ((place: Pick<ServiceContext, 'region' | 'partition'>) => ForeignBucket)[];
}

export function s3Service({ foreignBuckets = [] }: S3Options = {}): ServiceDefinition {
  return {
    name: 's3',
    resourceTypes: ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy'],
    load: async (context) => {
      const { createService } = await import('./service.ts');
      return createService(
        context,
        foreignBuckets.map((bucket) => bucket(context)),
      );
    },
  };
}
