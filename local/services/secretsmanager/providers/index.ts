import type { Provider } from '../../../kernel/provider.ts';
import type { Room } from '../operations.ts';
import { asCloudFormation } from './calls.ts';
import { resourcePolicyProvider } from './resource-policy.ts';
import { rotationScheduleProvider } from './rotation-schedule.ts';
import { secretProvider } from './secret.ts';
import { targetAttachmentProvider } from './target-attachment.ts';

export function providers(room: Room): Record<string, Provider> {
  const call = asCloudFormation(room);
  return {
    'AWS::SecretsManager::Secret': secretProvider(call),
    'AWS::SecretsManager::SecretTargetAttachment': targetAttachmentProvider(call),
    'AWS::SecretsManager::ResourcePolicy': resourcePolicyProvider(call, room.repository),
    'AWS::SecretsManager::RotationSchedule': rotationScheduleProvider(call),
  };
}
