/** S3 behind the real AWS endpoint, with the services its objects touch, for tests that use real clients. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import type { ServiceDefinition } from '../../kernel/service.ts';
import { s3Service } from './index.ts';

export interface S3Cloud extends TestCloud {
  readonly s3: S3Client;
  clientWith(more: S3ClientConfig): S3Client;
}

export async function startS3(...others: ServiceDefinition[]): Promise<S3Cloud> {
  const cloud = await startTestCloud([s3Service(), ...others]);
  const clients: S3Client[] = [];
  const clientWith = (more: S3ClientConfig): S3Client => {
    const client = new S3Client({ ...cloud.client, forcePathStyle: true, ...more });
    clients.push(client);
    return client;
  };
  return {
    ...cloud,
    s3: clientWith({}),
    clientWith,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await cloud[Symbol.asyncDispose]();
    },
  };
}
