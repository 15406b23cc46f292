/** Metric filters: made, listed, tried. */
import type {
  DescribeMetricFiltersRequest,
  PutMetricFilterRequest,
  TestMetricFilterRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { invalidParameter } from './errors.ts';
import { FilterPatternError, readFilterPattern } from './filter-pattern/index.ts';
import { filterKey, filtersOf, type MetricFilterRecord, type MetricTransformation } from './filter-records.ts';
import { onGroup } from './group-operations.ts';
import { findGroup, type Room } from './groups.ts';
import { page } from './paging.ts';
import { validate } from './validation.ts';

const MOST_FILTERS = 100;
const MOST_DIMENSIONS = 3;

type Put = Omit<PutMetricFilterRequest, 'metricTransformations'> & {
  filterName: string;
  logGroupName: string;
  filterPattern: string;
  metricTransformations: MetricTransformation[];
};

/** Throws InvalidParameterException, ResourceNotFoundException, LimitExceededException. */
export function putMetricFilter(room: Room, input: Put): void {
  const { name } = findGroup(room, input);
  const key = filterKey(name, input.filterName);
  const { metric } = room.filters;
  readPattern(input.filterPattern);
  for (const transformation of input.metricTransformations) checkTransformation(transformation);
  if (!metric.get(key) && filtersOf(metric, name).length >= MOST_FILTERS)
    throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
  metric.put(key, {
    filterName: input.filterName,
    logGroupName: name,
    filterPattern: input.filterPattern,
    metricTransformations: input.metricTransformations,
    creationTime: metric.get(key)?.creationTime ?? room.clock.now(),
  });
  room.ingestion().changed();
}

export function deleteMetricFilter(room: Room, group: string, filterName: string): boolean {
  const isDeleted = room.filters.metric.delete(filterKey(group, filterName));
  if (isDeleted) room.ingestion().changed();
  return isDeleted;
}

function checkTransformation({ metricValue, defaultValue, dimensions, metricNamespace }: MetricTransformation): void {
  if (!metricValue.startsWith('$') && !Number.isFinite(Number(metricValue))) {
    throw invalidParameter(
      `Invalid metric transformation: metric value ${metricValue} is neither a number nor a field`,
    );
  }
  if (metricNamespace.startsWith('AWS/')) {
    throw invalidParameter(`Invalid metric transformation: namespace ${metricNamespace} is reserved`);
  }
  const names = Object.keys(dimensions ?? {});
  if (names.length > MOST_DIMENSIONS) {
    throw invalidParameter(`Invalid metric transformation: more than ${MOST_DIMENSIONS} dimensions`);
  }
  if (names.length > 0 && defaultValue !== undefined) {
    throw invalidParameter('Invalid metric transformation: dimensions and default value are mutually exclusive.');
  }
}

/** Throws InvalidParameterException. */
export function readPattern(pattern: string) {
  try {
    return readFilterPattern(pattern);
  } catch (error) {
    if (error instanceof FilterPatternError) throw invalidParameter(error.message);
    throw error;
  }
}

export function metricFilterOperations(room: Room): Record<string, Operation> {
  const put: Operation<Put> = {
    requires: (input) => onGroup(room, 'PutMetricFilter', input),
    handle(input) {
      validate(input);
      putMetricFilter(room, input);
    },
  };

  const remove: Operation<{ logGroupName: string; filterName: string }> = {
    requires: (input) => onGroup(room, 'DeleteMetricFilter', input),
    handle(input) {
      validate(input);
      if (!deleteMetricFilter(room, findGroup(room, input).name, input.filterName)) {
        throw new AwsError('ResourceNotFoundException', 'The specified metric filter does not exist.');
      }
    },
  };

  const describe: Operation<DescribeMetricFiltersRequest> = {
    requires: (input) => onGroup(room, 'DescribeMetricFilters', input),
    handle(input) {
      validate(input, 50);
      const { logGroupName, filterNamePrefix = '', metricName, metricNamespace } = input;
      if ((metricName === undefined) !== (metricNamespace === undefined)) {
        throw invalidParameter('metricName and metricNamespace must be given together.');
      }
      const all = logGroupName
        ? filtersOf(room.filters.metric, findGroup(room, { logGroupName }).name)
        : room.filters.metric.list().map(({ value }) => value);
      const wanted = all.filter(
        (filter) =>
          filter.filterName.startsWith(filterNamePrefix) &&
          (metricName === undefined ||
            filter.metricTransformations.some(
              (one) => one.metricName === metricName && one.metricNamespace === metricNamespace,
            )),
      );
      const keyOf = (filter: MetricFilterRecord) => filterKey(filter.logGroupName, filter.filterName);
      const { items, nextToken } = page(wanted, keyOf, input.limit ?? 50, input.nextToken);
      return { metricFilters: items, nextToken };
    },
  };

  /** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html */
  const test: Operation<TestMetricFilterRequest & { filterPattern: string; logEventMessages: string[] }> = {
    requires: () => [{ action: 'logs:TestMetricFilter', resource: '*' }],
    handle(input) {
      validate(input);
      const pattern = readPattern(input.filterPattern);
      return {
        matches: input.logEventMessages.flatMap((eventMessage, index) =>
          pattern.matches(eventMessage)
            ? [{ eventNumber: index + 1, eventMessage, extractedValues: pattern.extract(eventMessage) }]
            : [],
        ),
      };
    },
  };

  return {
    PutMetricFilter: put,
    DeleteMetricFilter: remove,
    DescribeMetricFilters: describe,
    TestMetricFilter: test,
  };
}
