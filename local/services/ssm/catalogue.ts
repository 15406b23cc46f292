/** Parameters listed and deleted. */
import type { DeleteParametersRequest, DescribeParametersRequest } from '@aws-sdk/client-ssm';
import type { Operation } from '../../kernel/service.ts';
import { validationError } from './errors.ts';
import { matchesFilters } from './filters.ts';
import { page } from './paging.ts';
import { metadataOf } from './read-parameters.ts';
import { currentOf } from './records.ts';
import type { Operations, Room, With } from './room.ts';

export function catalogueOperations({ repository, needs }: Room): Operations {
  /** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
  const describe: Operation<DescribeParametersRequest> = {
    requires: () => [needs.onAll('DescribeParameters')],
    handle({ Filters, ParameterFilters, MaxResults, NextToken, Shared }) {
      if (Filters?.length && ParameterFilters?.length) {
        throw validationError('You can use either Filters or ParameterFilters in a single request.');
      }
      // The older kind says the same with fewer words.
      const filters = Filters?.length
        ? Filters.map(({ Key, Values }) => ({ Key, Values, ...(Key === 'Name' && { Option: 'BeginsWith' }) }))
        : ParameterFilters;
      // What other accounts share is nothing here.
      const all = Shared ? [] : repository.all().filter((each) => matchesFilters(each, filters, 'describe'));
      const { items, nextToken } = page(all, MaxResults, NextToken, 50);
      return { Parameters: items.map((each) => metadataOf(each, currentOf(each))), NextToken: nextToken };
    },
  };

  const remove: Operation<{ readonly Name: string }> = {
    requires: ({ Name }) => [needs.onParameter('DeleteParameter', Name)],
    handle({ Name }) {
      repository.delete(repository.get(Name));
      return {};
    },
  };

  const removeAll: Operation<With<DeleteParametersRequest, 'Names'>> = {
    requires: ({ Names }) => Names.map((name) => needs.onParameter('DeleteParameters', name)),
    handle({ Names }) {
      const found = Names.flatMap((name) => repository.find(name) ?? []);
      for (const each of found) repository.delete(each);
      const DeletedParameters = found.map(({ name }) => name);
      const isGone = (name: string): boolean => DeletedParameters.includes(repository.parse(name).name);
      return { DeletedParameters, InvalidParameters: Names.filter((name) => !isGone(name)) };
    },
  };

  return { DescribeParameters: describe, DeleteParameter: remove, DeleteParameters: removeAll };
}
