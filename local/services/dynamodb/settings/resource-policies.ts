/** Policies of tables and of streams. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html */
import { randomUUID } from 'node:crypto';
import type {
  DeleteResourcePolicyInput,
  GetResourcePolicyInput,
  PutResourcePolicyInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { MalformedPolicy, readPolicy } from '../../../policy/iam/index.ts';
import { resourceNotFound, validationError } from '../errors.ts';
import type { Room, With } from '../room.ts';
import type { Table } from '../tables/table.ts';
import type { OpenTable } from '../tables/tables.ts';

const MOST_BYTES = 20_480;

/** Throws ValidationException. */
export function checkPolicy(text: string): void {
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw validationError('Resource-based policy size exceeds the maximum of 20 KB');
  try {
    readPolicy(text, 'resource');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw validationError(`Invalid policy document: ${error.message}`);
  }
}

/** A stream's policy is kept with its table, as long as it is the table's newest stream. */
type Member = 'policy' | 'streamPolicy';

export function policyOperations({ tables }: Room): Record<string, Operation> {
  function targetOf(arn: string): [OpenTable, Member] {
    const table = tables.find(arn);
    if (table?.arn === arn) return [table, 'policy'];
    if (table?.stream?.arn === arn) return [table, 'streamPolicy'];
    throw resourceNotFound();
  }
  const notFound = (arn: string) =>
    new AwsError('PolicyNotFoundException', `Resource-based policy not found for the provided ResourceArn: ${arn}`);
  const checkRevision = (arn: string, current: Table[Member], expected: string | undefined) => {
    if (expected === undefined) return;
    if (expected === (current?.revision ?? 'NO_POLICY')) return;
    throw notFound(arn);
  };
  const on =
    (action: string) =>
    ({ ResourceArn }: { ResourceArn: string }) => [{ action: `dynamodb:${action}`, resource: ResourceArn }];

  const putResourcePolicy: Operation<With<PutResourcePolicyInput, 'ResourceArn' | 'Policy'>> = {
    requires: on('PutResourcePolicy'),
    handle({ ResourceArn, Policy, ExpectedRevisionId }) {
      const [table, member] = targetOf(ResourceArn);
      checkRevision(ResourceArn, table[member], ExpectedRevisionId);
      checkPolicy(Policy);
      const revision = String(BigInt(`0x${randomUUID().slice(0, 8)}`) + 1_700_000_000_000n);
      tables.put({ ...table, [member]: { text: Policy, revision } });
      return { RevisionId: revision };
    },
  };

  const getResourcePolicy: Operation<With<GetResourcePolicyInput, 'ResourceArn'>> = {
    requires: on('GetResourcePolicy'),
    handle({ ResourceArn }) {
      const [table, member] = targetOf(ResourceArn);
      const { text, revision } = table[member] ?? {};
      if (text === undefined) throw notFound(ResourceArn);
      return { Policy: text, RevisionId: revision };
    },
  };

  const deleteResourcePolicy: Operation<With<DeleteResourcePolicyInput, 'ResourceArn'>> = {
    requires: on('DeleteResourcePolicy'),
    handle({ ResourceArn, ExpectedRevisionId }) {
      const [table, member] = targetOf(ResourceArn);
      checkRevision(ResourceArn, table[member], ExpectedRevisionId);
      const { [member]: policy, ...rest } = table;
      tables.put(rest as Table);
      return policy ? { RevisionId: policy.revision } : {};
    },
  };

  return {
    PutResourcePolicy: putResourcePolicy,
    GetResourcePolicy: getResourcePolicy,
    DeleteResourcePolicy: deleteResourcePolicy,
  };
}
