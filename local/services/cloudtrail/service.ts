/**
 * CloudTrail, as far as templates need it: trails, and the records of management calls that go to EventBridge while one
 * of them logs. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-user-guide.html
 */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { createRecorder } from './recorder.ts';
import { trailProvider } from './trail-provider.ts';
import { openTrails } from './trails.ts';

export function createService(context: ServiceContext): Service {
  const { audit } = context;
  const recorder = createRecorder(context, (logged) => trails.take(logged));
  const trails = openTrails(context, (isAnyLogging) => {
    audit.auditor = isAnyLogging ? recorder.record : undefined;
  });
  context.outbox.join(recorder);
  return {
    operations: {},
    providers: { 'AWS::CloudTrail::Trail': trailProvider(context, trails) },
    stop: async () => {
      audit.auditor = undefined;
    },
  };
}
