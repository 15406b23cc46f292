/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import type { Operation, ServiceContext } from '../../../kernel/service.ts';
import { validationError } from '../errors.ts';
import { offsetIn, tokenOf } from '../paging.ts';
import { labelOf } from './labels.ts';
import { roundedStart } from './periods.ts';
import { answer, type MetricDataQuery, readQueries } from './queries.ts';

interface GetMetricDataInput {
  readonly MetricDataQueries: readonly MetricDataQuery[];
  readonly StartTime: Date;
  readonly EndTime: Date;
  readonly NextToken?: string;
  readonly ScanBy?: 'TimestampAscending' | 'TimestampDescending';
  readonly MaxDatapoints?: number;
}

const MOST_QUERIES = 500;
const MOST_DATAPOINTS = 100_800;

interface Result {
  readonly Id: string;
  readonly Label: string;
  readonly points: readonly (readonly [at: number, value: number])[];
}

export function getMetricData(context: ServiceContext): Operation<GetMetricDataInput> {
  const { telemetry, clock } = context;

  function results(input: GetMetricDataInput): Result[] {
    const [start, to] = [input.StartTime.getTime(), input.EndTime.getTime()];
    if (start >= to) throw validationError('The parameter StartTime must be less than the parameter EndTime.');
    if (input.MetricDataQueries.length > MOST_QUERIES) {
      throw validationError(`The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`);
    }
    const queries = readQueries(input.MetricDataQueries);
    if (!queries.some(({ returnData }) => returnData)) {
      throw validationError('At least one query must have ReturnData set to true.');
    }
    const now = clock.now();
    const span = { from: (period: number) => roundedStart(start, now, period), to };
    return answer(telemetry.metrics, queries, span)
      .filter(({ query }) => query.returnData)
      .flatMap(({ query, lines }) =>
        lines.map((line) => {
          const points = [...line.points];
          if (input.ScanBy !== 'TimestampAscending') points.reverse();
          return { Id: query.id, Label: labelOf(query, line, lines.length > 1, context), points };
        }),
      );
  }

  return {
    requires: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],
    handle(input) {
      const most = Math.min(input.MaxDatapoints ?? MOST_DATAPOINTS, MOST_DATAPOINTS);
      let skip = input.NextToken === undefined ? 0 : offsetIn(input.NextToken);
      const start = skip;
      let room = most;
      const shown = [];
      let isCut = false;
      for (const { Id, Label, points } of results(input)) {
        if (isCut) break;
        const page = points.slice(skip, skip + room);
        isCut = skip + room < points.length;
        // A line whose points were all told is not told again.
        if (skip === 0 || page.length > 0) {
          shown.push({
            Id,
            Label,
            Timestamps: page.map(([at]) => new Date(at)),
            Values: page.map(([, value]) => value),
            StatusCode: isCut ? 'PartialData' : 'Complete',
          });
        }
        skip = Math.max(0, skip - points.length);
        room -= page.length;
      }
      return { MetricDataResults: shown, Messages: [], NextToken: isCut ? tokenOf(start + most) : undefined };
    },
  };
}
