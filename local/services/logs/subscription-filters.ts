/** Subscription filters: made, listed, removed. */
import type { DescribeSubscriptionFiltersRequest, PutSubscriptionFilterRequest } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { invalidParameter } from './errors.ts';
import { filterKey, filtersOf } from './filter-records.ts';
import { onGroup } from './group-operations.ts';
import { findGroup, type Room } from './groups.ts';
import { readPattern } from './metric-filters.ts';
import { page } from './paging.ts';
import { controlMessage, invocation } from './subscription.ts';
import { validate } from './validation.ts';

const MOST_FILTERS = 2;

type Put = PutSubscriptionFilterRequest & {
  filterName: string;
  logGroupName: string;
  filterPattern: string;
  destinationArn: string;
};

/** Rejects with InvalidParameterException, ResourceNotFoundException, LimitExceededException, OperationNotEmulated. */
export async function putSubscriptionFilter(room: Room, input: Put): Promise<void> {
  const { name } = findGroup(room, input);
  const key = filterKey(name, input.filterName);
  const { subscription } = room.filters;
  readPattern(input.filterPattern);
  const { destinationArn } = input;
  const service = destinationArn.split(':')[2] ?? '';
  if (service !== 'lambda') {
    throw new AwsError(
      'OperationNotEmulated',
      `PutSubscriptionFilter to ${service} is not emulated here: subscriptions go to Lambda functions only.`,
      { statusCode: 501 },
    );
  }
  if (input.roleArn !== undefined) {
    throw invalidParameter('destinationArn for vendor lambda cannot be used with roleArn');
  }
  if (!subscription.get(key) && filtersOf(subscription, name).length >= MOST_FILTERS) {
    throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
  }
  const principal = await testDestination(room, destinationArn, name);
  subscription.put(key, {
    filterName: input.filterName,
    logGroupName: name,
    filterPattern: input.filterPattern,
    destinationArn,
    principal,
    distribution: input.distribution ?? 'ByLogStream',
    creationTime: subscription.get(key)?.creationTime ?? room.clock.now(),
  });
  room.ingestion().changed();
}

export function deleteSubscriptionFilter(room: Room, group: string, filterName: string): boolean {
  const isDeleted = room.filters.subscription.delete(filterKey(group, filterName));
  if (isDeleted) room.ingestion().changed();
  return isDeleted;
}

/** The function is sent a message at once, as on AWS; a policy may know CloudWatch Logs with its Region or without. */
async function testDestination(room: Room, destinationArn: string, logGroupName: string): Promise<string> {
  const message = controlMessage(room.clock.now());
  let refused: unknown;
  for (const principal of ['logs.amazonaws.com', `logs.${room.region}.amazonaws.com`]) {
    try {
      await room.dispatch(invocation(room, { destinationArn, logGroupName, principal }, message));
      return principal;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      refused = error;
    }
  }
  throw new AwsError(
    'InvalidParameterException',
    'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
    { cause: refused },
  );
}

export function subscriptionFilterOperations(room: Room): Record<string, Operation> {
  const put: Operation<Put> = {
    requires: (input) => [
      ...onGroup(room, 'PutSubscriptionFilter', input),
      ...(input.roleArn === undefined
        ? []
        : [
            {
              action: 'iam:PassRole',
              resource: input.roleArn,
              context: { 'iam:PassedToService': `logs.${room.region}.amazonaws.com` },
            },
          ]),
    ],
    async handle(input) {
      validate(input);
      await putSubscriptionFilter(room, input);
    },
  };

  const remove: Operation<{ logGroupName: string; filterName: string }> = {
    requires: (input) => onGroup(room, 'DeleteSubscriptionFilter', input),
    handle(input) {
      validate(input);
      if (!deleteSubscriptionFilter(room, findGroup(room, input).name, input.filterName)) {
        throw new AwsError('ResourceNotFoundException', 'The specified subscription filter does not exist.');
      }
    },
  };

  const describe: Operation<DescribeSubscriptionFiltersRequest & { logGroupName: string }> = {
    requires: (input) => onGroup(room, 'DescribeSubscriptionFilters', input),
    handle(input) {
      validate(input, 50);
      const prefix = input.filterNamePrefix ?? '';
      const wanted = filtersOf(room.filters.subscription, findGroup(room, input).name).filter(({ filterName }) =>
        filterName.startsWith(prefix),
      );
      const { items, nextToken } = page(wanted, ({ filterName }) => filterName, input.limit ?? 50, input.nextToken);
      return { subscriptionFilters: items.map(({ principal: _own, ...filter }) => filter), nextToken };
    },
  };

  return {
    PutSubscriptionFilter: put,
    DeleteSubscriptionFilter: remove,
    DescribeSubscriptionFilters: describe,
  };
}
