/** https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html */
import { AwsError } from '../../kernel/aws-error.ts';
import { arnOf, isOfAccount } from '../../kernel/caller.ts';
import type { CallContext, Operation, ServiceContext, ServiceDefinition } from '../../kernel/service.ts';
import { violations } from '../../protocols/index.ts';
import { assumeRole } from './assume-role.ts';

export function stsService(): ServiceDefinition {
  return {
    name: 'sts',
    resourceTypes: [],
    load: async (context) => ({
      operations: {
        AssumeRole: assumeRole(context),
        GetCallerIdentity: getCallerIdentity,
        GetAccessKeyInfo: getAccessKeyInfo(context),
      },
      providers: {},
      /** Of trust policies STS says nothing: not even whether there is such a role. */
      wordDenial: (_requirement, sentence) => ({ code: 'AccessDenied', message: sentence.replace(TRUST_POLICY, '') }),
      wire: async () => ({
        protocol: 'query',
        schemas: { ...(await import('@aws-sdk/client-sts')) },
        apiVersion: '2011-06-15',
      }),
    }),
  };
}

const TRUST_POLICY = / (?:because no|with an explicit deny in the) role trust policy.*$/;

/** Needs no permission: on AWS not even a policy that denies it has an effect. */
const getCallerIdentity: Operation = {
  requires: () => [],
  handle(_input, { principal }: CallContext) {
    if (!isOfAccount(principal)) {
      const message = `${arnOf(principal)} has no identity of its own`;
      throw new AwsError('AccessDenied', message, { statusCode: 403 });
    }
    return { Account: principal.accountId, Arn: principal.arn, UserId: principal.userId };
  },
};

function getAccessKeyInfo({ accountId }: ServiceContext): Operation<{ AccessKeyId?: string }> {
  return {
    requires: () => [{ action: 'sts:GetAccessKeyInfo', resource: '*' }],
    handle({ AccessKeyId = '' }) {
      const constraint = { member: 'AccessKeyId', length: [16, 128] as const, pattern: '[\\w]*' };
      const problem = violations({ AccessKeyId }, [constraint]);
      if (problem !== undefined) throw new AwsError('ValidationError', problem);
      return { Account: accountId };
    },
  };
}
