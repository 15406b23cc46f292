/** Saved queries. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import type { Room } from '../groups.ts';
import { page } from '../paging.ts';
import { readQuery } from './parse.ts';

export interface QueryDefinitionRecord {
  readonly queryDefinitionId: string;
  readonly name: string;
  readonly queryString: string;
  readonly logGroupNames: readonly string[];
  /** ms since 1970 */
  readonly lastModified: number;
}

type Put = Pick<QueryDefinitionRecord, 'name' | 'queryString'> & {
  queryDefinitionId?: string;
  logGroupNames?: string[];
};

/** Throws MalformedQueryException; ResourceNotFoundException for an id that is none. */
export function putDefinition(room: Room, input: Put): QueryDefinitionRecord {
  const { queryDefinitionId: id = randomUUID(), name, queryString, logGroupNames = [] } = input;
  if (input.queryDefinitionId !== undefined && !room.definitions.get(id)) throw unknownDefinition();
  readQuery(queryString);
  const record = { queryDefinitionId: id, name, queryString, logGroupNames, lastModified: room.clock.now() };
  room.definitions.put(id, record);
  return record;
}

const unknownDefinition = (): AwsError =>
  new AwsError('ResourceNotFoundException', 'The specified query definition does not exist.');

export function definitionOperations(room: Room): Record<string, Operation> {
  const anywhere = (action: string) => () => [{ action: `logs:${action}`, resource: '*' }];

  const put: Operation<Put> = {
    requires: anywhere('PutQueryDefinition'),
    handle: (input) => ({ queryDefinitionId: putDefinition(room, input).queryDefinitionId }),
  };
  const remove: Operation<{ queryDefinitionId: string }> = {
    requires: anywhere('DeleteQueryDefinition'),
    handle({ queryDefinitionId }) {
      if (!room.definitions.delete(queryDefinitionId)) throw unknownDefinition();
      return { success: true };
    },
  };
  const describe: Operation<{ queryDefinitionNamePrefix?: string; maxResults?: number; nextToken?: string }> = {
    requires: anywhere('DescribeQueryDefinitions'),
    handle({ queryDefinitionNamePrefix = '', maxResults = 1000, nextToken }) {
      const wanted = room.definitions
        .list()
        .map(({ value }) => value)
        .filter(({ name }) => name.startsWith(queryDefinitionNamePrefix));
      const keyOf = ({ name, queryDefinitionId }: QueryDefinitionRecord) => `${name} ${queryDefinitionId}`;
      const { items, nextToken: next } = page(wanted, keyOf, maxResults, nextToken);
      return { queryDefinitions: items, nextToken: next };
    },
  };
  return { PutQueryDefinition: put, DeleteQueryDefinition: remove, DescribeQueryDefinitions: describe };
}
