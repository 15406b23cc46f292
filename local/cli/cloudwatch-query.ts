/** What `sampan metrics` and `sampan alarms` ask CloudWatch of the running instance for: reading only. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type Kernel } from '../kernel/index.ts';
import type { Project } from './project.ts';
import { findRunning } from './running.ts';
import { UserError } from './user-error.ts';

const OPERATIONS = ['ListMetrics', 'GetMetricData', 'DescribeAlarms', 'DescribeAlarmHistory'] as const;
type Operation = (typeof OPERATIONS)[number];

export interface CloudWatchQuery {
  /** Rejects with UserError, in CloudWatch's words. */
  ask<T>(operation: Operation, input: Readonly<Record<string, unknown>>): Promise<T>;
  /** Physical id by logical id. */
  physicalIds(): Promise<Readonly<Record<string, string>>>;
}

const PATH = '/_sampan/cloudwatch';

/** Throws UserError when nothing runs. */
export async function queryCloudWatch(project: Project): Promise<CloudWatchQuery> {
  const running = await findRunning(project.stateDirectory);
  if (!running) throw new UserError(`nothing runs on ${project.stateDirectory}: start it with sampan start`);
  async function read<T>(path: string): Promise<T> {
    const response = await fetch(`${running!.awsUrl}${path}`);
    const body = (await response.json()) as T & { message?: string };
    if (!response.ok) throw new UserError(body.message ?? `CloudWatch answered ${response.status}`, 2);
    return body;
  }
  return {
    ask: (operation, input) =>
      read(`${PATH}?${new URLSearchParams({ operation, input: JSON.stringify(input) }).toString()}`),
    physicalIds: () => read('/_sampan/resources'),
  };
}

/** The other end: `operation` and `input` (JSON; moments as text) come in the query. */
export async function answerCloudWatchQuery(
  request: IncomingMessage,
  response: ServerResponse,
  { dispatch }: Pick<Kernel, 'dispatch'>,
): Promise<void> {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const operation = OPERATIONS.find((one) => one === searchParams.get('operation'));
  const say = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (!operation) {
    say(400, { message: `operation is one of ${OPERATIONS.join(', ')}` });
    return;
  }
  try {
    const input = JSON.parse(searchParams.get('input') ?? '{}', (key, value) =>
      key === 'StartTime' || key === 'EndTime' ? new Date(value) : value,
    );
    say(200, await dispatch({ caller: { kind: 'client' }, service: 'monitoring', operation, input }));
  } catch (error) {
    say(error instanceof AwsError ? error.statusCode : 400, { message: (error as Error).message });
  }
}
