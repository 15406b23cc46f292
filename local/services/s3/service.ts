/** Simple Storage Service. https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { bucketOperations } from './buckets/bucket-operations.ts';
import { corsOperations, crossOrigin } from './buckets/cors.ts';
import { policyOperations } from './buckets/policy.ts';
import { refusedOperations } from './buckets/refused.ts';
import { settingOperations } from './buckets/settings.ts';
import { bucketFacts } from './facts.ts';
import { FileStore, isInFile } from './files.ts';
import { foreignBucket, withForeign } from './foreign-buckets.ts';
import type { ForeignBucket } from './index.ts';
import { lifecycleOperations } from './lifecycle/operations.ts';
import { createLifecycle } from './lifecycle/runner.ts';
import { listOperations } from './listing/list-objects.ts';
import { listVersionsOperations } from './listing/list-versions.ts';
import { completeUpload } from './multipart/complete.ts';
import { partOperations } from './multipart/parts.ts';
import { uploadOperations } from './multipart/uploads.ts';
import { say } from './notifications/destinations.ts';
import { createNotifier } from './notifications/notifier.ts';
import { notificationOperations } from './notifications/operations.ts';
import { copyObject } from './objects/copy-object.ts';
import { deleteOperations } from './objects/delete-object.ts';
import { readOperations } from './objects/get-object.ts';
import { objectSettingOperations } from './objects/object-settings.ts';
import { putObject } from './objects/put-object.ts';
import { providers } from './providers/index.ts';
import { Repository } from './repository.ts';
import { requirements } from './requirements.ts';
import type { Room } from './room.ts';

export function createService(context: ServiceContext, foreign: readonly ForeignBucket[] = []): Service {
  const repository = new Repository(context);
  for (const bucket of foreign) repository.lend(foreignBucket(bucket));
  const files = new FileStore(context.store.directory('s3'));
  const room: Room = {
    ...context,
    repository,
    files,
    needs: requirements(repository, context),
    notifier: createNotifier({ ...context, repository }),
  };
  const swept = sweep(room).catch((error) =>
    say(room, `the object files of an earlier run could not be swept: ${error}`),
  );
  const lifecycle = createLifecycle(room);
  lifecycle.start();
  return {
    operations: {
      ...refusedOperations(room),
      ...bucketOperations(room),
      ...policyOperations(room),
      PutObject: withForeign(foreign, putObject(room)),
      ...readOperations(room),
      ...deleteOperations(room),
      CopyObject: copyObject(room),
      ...objectSettingOperations(room),
      ...listOperations(room),
      ...listVersionsOperations(room),
      ...uploadOperations(room),
      ...partOperations(room),
      CompleteMultipartUpload: completeUpload(room),
      ...settingOperations(room),
      ...corsOperations(room),
      ...lifecycleOperations(room),
      ...notificationOperations(room),
    },
    providers: providers(room),
    resourceFacts: bucketFacts(repository, context),
    wordDenial,
    wire: async () => ({ protocol: 's3', schemas: await import('@aws-sdk/client-s3'), crossOrigin: crossOrigin(room) }),
    async stop() {
      lifecycle.stop();
      await swept;
    },
  };
}

/** S3 puts the resource in quotes, and tells strangers nothing. */
const wordDenial: Service['wordDenial'] = ({ action, resource }, sentence) => {
  if (sentence.startsWith('User: anonymous ')) return { code: 'AccessDenied', message: 'Access Denied' };
  const quoted = sentence.replace(`on resource: ${resource} `, `on resource: "${resource}" `);
  return { code: 'AccessDenied', message: action.startsWith('kms:') ? sentence : quoted };
};

/** What a crash left of objects that nobody was told were there. */
async function sweep({ repository, files }: Room): Promise<void> {
  let named: Set<string> | undefined;
  const isNamed = (file: string): boolean => {
    named ??= new Set([...repository.segments()].filter(isInFile).map((segment) => segment.file));
    return named.has(file);
  };
  await files.sweep(isNamed);
}
