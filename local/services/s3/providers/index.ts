import type { Provider } from '../../../kernel/provider.ts';
import type { Room } from '../room.ts';
import { bucketProvider } from './bucket.ts';
import { bucketPolicyProvider } from './bucket-policy.ts';

export function providers(room: Room): Record<string, Provider> {
  return {
    'AWS::S3::Bucket': bucketProvider(room),
    'AWS::S3::BucketPolicy': bucketPolicyProvider(room),
  };
}
