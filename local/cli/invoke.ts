/**
 * `sampan invoke`: in the instance that runs, or in a cloud of its own that ends with it.
 * Response on stdout, logs on stderr; exit code 0, 1 on a function error, 2 when the call itself was wrong.
 */
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { AwsError } from '../kernel/index.ts';
import { type ResourceNode, suggest } from '../template/index.ts';
import { printFailure } from './failures.ts';
import type { Installation } from './installation.ts';
import type { StreamedLog } from './internal-routes.ts';
import { linesOf } from './line-stream.ts';
import { openForOneRun } from './one-run.ts';
import { createLogPrinter } from './output/log-printer.ts';
import type { Output } from './output/terminal.ts';
import { findProject } from './project.ts';
import { findRunning, type RunningInstance } from './running.ts';
import { type CloudFlags, isUsable } from './session.ts';
import { printDiagnostics } from './start-report.ts';
import { UserError } from './user-error.ts';
import { loadProjectStack } from './workload.ts';

export interface InvokeFlags extends CloudFlags {
  readonly event?: string;
}

interface Answer {
  readonly payload: string | Uint8Array;
  readonly functionError: string | undefined;
}

export async function invoke(
  name: string | undefined,
  flags: InvokeFlags,
  installation: Installation,
  said: Output,
  out: Output,
): Promise<number> {
  const project = findProject(flags, process.cwd());
  const functions = [...loadProjectStack(project).resources.values()].filter(
    ({ type }) => type === 'AWS::Lambda::Function',
  );
  const logicalId = chooseFunction(name, functions);
  const event = await readEvent(flags.event);
  // A debugger, other variables, another sandbox or another model concern a cloud of one's own.
  const own = [flags.debugPort, flags.envVars, flags.sandbox, flags.bedrock, flags.bedrockFaults].some(
    (flag) => flag !== undefined,
  );
  const running = own ? undefined : await findRunning(project.stateDirectory);
  const answer = running
    ? await invokeInRunning(running, project.region, logicalId, event, said)
    : await invokeInOwn(logicalId, event, flags, installation, said);
  if (typeof answer === 'number') return answer;
  out.stream.write(answer.payload);
  out.stream.write('\n');
  return answer.functionError ? 1 : 0;
}

/** By logical id, or by `FunctionName` where the template spells one out. */
export function chooseFunction(name: string | undefined, functions: readonly ResourceNode[]): string {
  const known = functions.map(({ logicalId }) => logicalId);
  if (name === undefined) {
    if (known.length === 1 && known[0]) return known[0];
    throw new UserError(
      known.length === 0 ? 'the template has no function' : `which function? There are ${known.join(', ')}`,
      2,
    );
  }
  if (known.includes(name)) return name;
  const named = functions.find(({ properties }) => properties['FunctionName'] === name);
  if (named) return named.logicalId;
  const hint = suggest(name, known);
  const there = known.length === 0 ? 'the template has none' : `there are ${known.join(', ')}`;
  throw new UserError(`there is no function ${name}; ${hint ? `did you mean ${hint}?` : there}`, 2);
}

/** The event's text as it was given: numbers and repeated keys reach the function untouched. */
export async function readEvent(file: string | undefined): Promise<string> {
  if (file === undefined) return '{}';
  const what = file === '-' ? 'the event on stdin' : `the event file ${file}`;
  let bytes: Buffer;
  try {
    // Not `readFileSync(0)`: it fails on a pipe whose writer made it non-blocking.
    bytes = file === '-' ? await buffer(process.stdin) : readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`${what} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`}`, 2);
  }
  try {
    // Drops a byte order mark, which JSON must not begin with.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    JSON.parse(text);
    return text;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The parser quotes the text, line breaks and all.
    const why = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8' : message.replaceAll(/\s+/g, ' ');
    throw new UserError(`${what} is not valid JSON: ${why}`, 2);
  }
}

async function invokeInOwn(
  logicalId: string,
  event: string,
  flags: InvokeFlags,
  installation: Installation,
  said: Output,
): Promise<Answer | number> {
  const { session, progress, stop } = await openForOneRun(flags, installation, said);
  const { cloud, workload } = session;
  const print = createLogPrinter(said);
  cloud.kernel.telemetry.onLog((source, logged) => {
    progress.clear();
    print(source, logged);
  });
  try {
    const work = async (): Promise<Answer | number> => {
      const applied = await workload.apply();
      progress.clear();
      printDiagnostics(
        said,
        applied.diagnostics.filter(({ severity }) => severity === 'error'),
      );
      if (!isUsable(applied)) return 1;
      return await callFunction(
        (input) => cloud.kernel.dispatch({ caller: { kind: 'client' }, service: 'lambda', operation: 'Invoke', input }),
        cloud.physicalIds()[logicalId] ?? logicalId,
        event,
      );
    };
    return await Promise.race([work(), stop.requested]);
  } catch (error) {
    progress.clear();
    return printFailure(error, said);
  } finally {
    await session.close();
    stop.forget();
  }
}

interface InvokeOutput {
  readonly FunctionError?: string;
  readonly Payload?: string | Uint8Array;
}

async function callFunction(
  invokeOperation: (input: unknown) => Promise<unknown>,
  functionName: string,
  event: string,
): Promise<Answer> {
  try {
    const output = (await invokeOperation({ FunctionName: functionName, Payload: event })) as InvokeOutput;
    return { payload: output.Payload ?? '', functionError: output.FunctionError };
  } catch (error) {
    if (error instanceof AwsError) throw new UserError(`${error.code}: ${error.message}`);
    throw error;
  }
}

/** Over the wire, as any client would; the function's logs come from the instance's stream. */
async function invokeInRunning(
  running: RunningInstance,
  region: string,
  logicalId: string,
  event: string,
  said: Output,
): Promise<Answer> {
  const abort = new AbortController();
  const requestId = Promise.withResolvers<string>();
  const logs = await fetch(`${running.awsUrl}/_sampan/logs?follow=1`, { signal: abort.signal });
  const reported = printUntilReport(logs, logicalId, requestId.promise, said);
  try {
    const physicalId = await physicalIdIn(running, logicalId);
    const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
    const client = new LambdaClient({
      endpoint: running.awsUrl,
      region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    const output = await client
      .send(new InvokeCommand({ FunctionName: physicalId, Payload: event }))
      .catch((error: Error) => {
        throw new UserError(`${error.name}: ${error.message}`);
      });
    client.destroy();
    requestId.resolve(output.$metadata.requestId ?? '');
    await Promise.race([reported, new Promise((resolve) => setTimeout(resolve, LOGS_FOLLOW_MS))]);
    return { payload: output.Payload ?? '', functionError: output.FunctionError };
  } finally {
    abort.abort();
    await reported.catch(() => {});
  }
}

/** How long the REPORT line may follow the response. */
const LOGS_FOLLOW_MS = 1_000;

async function physicalIdIn(running: RunningInstance, logicalId: string): Promise<string> {
  const response = await fetch(`${running.awsUrl}/_sampan/resources`);
  const resources = (await response.json()) as Record<string, string>;
  const physicalId = resources[logicalId];
  if (!physicalId) throw new UserError(`the running sampan has no function ${logicalId} yet`);
  return physicalId;
}

async function printUntilReport(
  logs: Response,
  logicalId: string,
  requestId: Promise<string>,
  said: Output,
): Promise<void> {
  if (!logs.body) return;
  const print = createLogPrinter(said);
  for await (const line of linesOf(logs.body)) {
    const { source, event } = JSON.parse(line) as StreamedLog;
    if (source.label !== logicalId) continue;
    print(source, event);
    const isReport = event.message.startsWith('REPORT ') || event.message.includes('"platform.report"');
    if (isReport && event.message.includes(await requestId)) return;
  }
}
