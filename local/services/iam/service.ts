/** IAM: who exists, whom they trust and which policies they carry; what follows from it is `authorization/`'s matter. */
import type { ServiceContext, ServiceDefinition } from '../../kernel/service.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import {
  type Authorization,
  CHECK_SERVICE_ROLE,
  checkServiceRole,
  createAuthorization,
} from './authorization/index.ts';
import { bearerProvider } from './bearer-provider.ts';
import { groupKind, roleKind, userKind } from './bearers.ts';
import { instanceProfileProvider } from './instance-profile.ts';
import { iamOperations } from './operations.ts';
import { inlinePolicyProvider, managedPolicyProvider } from './policy-providers.ts';
import { openRecords } from './records.ts';
import { iamFacts } from './resource-facts.ts';

export interface IamOptions {
  /** That of the doors; default: one that knows IAM's own records and no other service's resources. */
  readonly authorization?: () => Authorization;
}

export function iamService(options: IamOptions = {}): ServiceDefinition {
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
    load: async (context) => {
      const { store, clock, telemetry, partition, accountId } = context;
      const authorization = options.authorization ?? alone(context);
      const records = openRecords(store);
      const account = { partition, accountId };
      const say = (message: string) => telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
      const deps = { account, records, now: () => clock.now(), say };
      return {
        operations: {
          ...iamOperations(records, account),
          [CHECK_SERVICE_ROLE]: checkServiceRole(authorization, records),
        },
        resourceFacts: iamFacts(records),
        wordDenial: () => ({ code: 'AccessDenied' }),
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

function alone(context: ServiceContext): () => Authorization {
  const none = { find: () => undefined, loaded: () => undefined, service: () => Promise.reject(new Error('none')) };
  const authorization = createAuthorization({ ...context, registry: none });
  return () => authorization;
}
