/** Resource policies: which services may write to groups of the account. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import type { Policy } from '../../policy/iam/contract.ts';
import { readPolicy } from '../../policy/iam/index.ts';
import { invalidParameter } from './errors.ts';
import type { Room } from './groups.ts';
import { page } from './paging.ts';

export interface PolicyRecord {
  readonly policyName: string;
  readonly policyDocument: string;
  /** ms since 1970 */
  readonly lastUpdatedTime: number;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const MOST_POLICIES = 10;
const LONGEST_DOCUMENT = 5_120;

/** Throws InvalidParameterException, LimitExceededException. */
export function putPolicy(room: Room, policyName: string, policyDocument: string): PolicyRecord {
  const { policies } = room;
  if (policyDocument.length > LONGEST_DOCUMENT) {
    throw invalidParameter(`Resource policy document is longer than ${LONGEST_DOCUMENT} characters`);
  }
  try {
    readPolicy(policyDocument, 'resource');
  } catch (error) {
    throw invalidParameter(`The policy document is not valid: ${(error as Error).message}`);
  }
  if (!policies.get(policyName) && policies.list().length >= MOST_POLICIES) {
    throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
  }
  const record = { policyName, policyDocument, lastUpdatedTime: room.clock.now() };
  policies.put(policyName, record);
  return record;
}

/** All of them, for whoever asks about a log group: each says itself which groups it is about. */
export function createPolicyFacts(room: Room): () => readonly Policy[] {
  let read: { readonly revision: number; readonly policies: readonly Policy[] } | undefined;
  return () => {
    const revision = room.store.writes('logs', 'resource-policies');
    if (read?.revision !== revision) {
      const policies = room.policies.list().map(({ value: { policyName, policyDocument } }) => ({
        document: readPolicy(policyDocument, 'resource'),
        source: { kind: 'resource' as const, name: `resource policy ${policyName} of CloudWatch Logs` },
      }));
      read = { revision, policies };
    }
    return read.policies;
  };
}

export function policyOperations(room: Room): Record<string, Operation> {
  const anywhere = (action: string) => () => [{ action: `logs:${action}`, resource: '*' }];
  const refuseOthers = ({ resourceArn }: { resourceArn?: string }) => {
    if (resourceArn === undefined) return;
    throw new AwsError('OperationNotEmulated', 'Policies of a single log group are not emulated here.', {
      statusCode: 501,
    });
  };

  const put: Operation<{ policyName?: string; policyDocument?: string; resourceArn?: string }> = {
    requires: anywhere('PutResourcePolicy'),
    handle(input) {
      refuseOthers(input);
      const { policyName, policyDocument } = input;
      if (!policyName || !policyDocument) throw invalidParameter('policyName and policyDocument are required.');
      return { resourcePolicy: putPolicy(room, policyName, policyDocument) };
    },
  };

  const remove: Operation<{ policyName?: string; resourceArn?: string }> = {
    requires: anywhere('DeleteResourcePolicy'),
    handle(input) {
      refuseOthers(input);
      if (!room.policies.delete(input.policyName ?? '')) {
        throw new AwsError('ResourceNotFoundException', `Policy with name [${input.policyName}] does not exist.`);
      }
    },
  };

  const describe: Operation<{ limit?: number; nextToken?: string; resourceArn?: string }> = {
    requires: anywhere('DescribeResourcePolicies'),
    handle(input) {
      refuseOthers(input);
      const all = room.policies.list().map(({ value }) => value);
      const { items, nextToken } = page(all, ({ policyName }) => policyName, input.limit ?? 50, input.nextToken);
      return { resourcePolicies: items, nextToken };
    },
  };

  return { PutResourcePolicy: put, DeleteResourcePolicy: remove, DescribeResourcePolicies: describe };
}
