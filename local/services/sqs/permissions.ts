/**
 * Statements of a queue's policy, by label: what clients did before there were policies to write.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
 */
import type { AddPermissionRequest, RemovePermissionRequest } from '@aws-sdk/client-sqs';
import type { JsonObject, Operation } from '../../kernel/service.ts';
import { invalidParameter, invalidValue, overLimit } from './errors.ts';
import type { Queue } from './queues/queue-book.ts';
import type { OnQueue, Room, With } from './room.ts';

interface Document {
  readonly Version: string;
  readonly Id: string;
  readonly Statement: readonly JsonObject[];
}

const ACTIONS: ReadonlySet<string> = new Set([
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
]);
const MOST_STATEMENTS = 20;
const MOST_ACTIONS = 7;

export function permissionOperations({ book, needs, clock, partition }: Room): Record<string, Operation> {
  function documentOf({ record: { attributes, arn } }: Queue): Document {
    const empty = { Version: '2012-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
    if (attributes['Policy'] === undefined) return empty;
    const document = JSON.parse(attributes['Policy']) as JsonObject;
    const { Statement = [] } = document;
    return { ...empty, ...document, Statement: (Array.isArray(Statement) ? Statement : [Statement]) as JsonObject[] };
  }

  function put(queue: Queue, document: Document): void {
    const { Policy: _, ...others } = queue.record.attributes;
    const attributes = document.Statement.length === 0 ? others : { ...others, Policy: JSON.stringify(document) };
    book.update(queue, { attributes, modifiedAt: clock.now(), policyPlace: undefined });
  }

  type Add = With<OnQueue<AddPermissionRequest>, 'Label' | 'Actions' | 'AWSAccountIds'>;
  const addPermission: Operation<Add> = {
    requires: needs.onQueue('AddPermission'),
    handle({ QueueUrl, Label, Actions, AWSAccountIds }) {
      const queue = book.at(QueueUrl);
      if (!/^[A-Za-z0-9_-]{1,80}$/.test(Label)) {
        throw invalidValue(
          Label,
          'Label',
          'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.',
        );
      }
      for (const action of Actions) {
        if (!ACTIONS.has(action)) {
          throw invalidValue(
            `SQS:${action}`,
            'ActionName',
            `Please refer to the appropriate WSDL for a list of valid actions.`,
          );
        }
      }
      if (Actions.length > MOST_ACTIONS)
        throw overLimit(`${Actions.length} Actions were found, maximum allowed is ${MOST_ACTIONS}.`);
      if (Actions.length === 0 || AWSAccountIds.length === 0) {
        throw invalidParameter('The request must contain at least one action and one account.');
      }
      for (const id of AWSAccountIds) {
        if (!/^\d{12}$/.test(id)) throw invalidValue(id, 'PrincipalId', 'Unable to verify.');
      }
      const document = documentOf(queue);
      if (document.Statement.some(({ Sid }) => Sid === Label)) throw invalidValue(Label, 'Label', 'Already exists.');
      if (document.Statement.length >= MOST_STATEMENTS) {
        throw overLimit(
          `${document.Statement.length + 1} Statements were found, maximum allowed is ${MOST_STATEMENTS}.`,
        );
      }
      const principals = AWSAccountIds.map((id) => `arn:${partition}:iam::${id}:root`);
      const actions = Actions.map((action) => `SQS:${action}`);
      const statement: JsonObject = {
        Sid: Label,
        Effect: 'Allow',
        Principal: { AWS: principals.length === 1 ? principals[0]! : principals },
        Action: actions.length === 1 ? actions[0]! : actions,
        Resource: queue.record.arn,
      };
      put(queue, { ...document, Statement: [...document.Statement, statement] });
    },
  };

  const removePermission: Operation<With<OnQueue<RemovePermissionRequest>, 'Label'>> = {
    requires: needs.onQueue('RemovePermission'),
    handle({ QueueUrl, Label }) {
      const queue = book.at(QueueUrl);
      const document = documentOf(queue);
      const Statement = document.Statement.filter(({ Sid }) => Sid !== Label);
      if (Statement.length === document.Statement.length) {
        const where = queue.record.attributes['Policy'] === undefined ? '' : ' on existing policy';
        throw invalidValue(Label, 'Label', `can't find label${where}.`);
      }
      put(queue, { ...document, Statement });
    },
  };

  return { AddPermission: addPermission, RemovePermission: removePermission };
}
