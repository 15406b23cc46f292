/** IAM's identities as data: who exists, whom they trust and which policies they carry. Nothing is decided here. */
import type { ServiceDefinition } from '../../kernel/service.ts';
import { bearerProvider } from './bearer-provider.ts';
import { groupKind, roleKind, userKind } from './bearers.ts';
import { instanceProfileProvider } from './instance-profile.ts';
import { iamOperations } from './operations.ts';
import { inlinePolicyProvider, managedPolicyProvider } from './policy-providers.ts';
import { openRecords } from './records.ts';

export function iamService(): ServiceDefinition {
  return {
    name: 'iam',
    resourceTypes: [
      'AWS::IAM::Role',
      'AWS::IAM::User',
      'AWS::IAM::Group',
      'AWS::IAM::Policy',
      'AWS::IAM::ManagedPolicy',
      'AWS::IAM::InstanceProfile',
    ],
    load: async ({ store, clock, partition, accountId }) => {
      const records = openRecords(store);
      const account = { partition, accountId };
      const deps = { account, records, now: () => clock.now() };
      return {
        operations: iamOperations(records, account),
        providers: {
          'AWS::IAM::Role': bearerProvider(roleKind(records), deps),
          'AWS::IAM::User': bearerProvider(userKind(records), deps),
          'AWS::IAM::Group': bearerProvider(groupKind(records), deps),
          'AWS::IAM::Policy': inlinePolicyProvider(deps),
          'AWS::IAM::ManagedPolicy': managedPolicyProvider(deps),
          'AWS::IAM::InstanceProfile': instanceProfileProvider(deps),
        },
      };
    },
  };
}
