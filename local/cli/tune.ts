/**
 * `sampan tune FUNCTION -e event.json`: runs a function at several memory sizes, each with the share of a processor it has
 * on AWS, in a cloud of its own that ends with it. Exit code 0, 1 when the function failed at some size, 2 when asked wrongly.
 */
import { formatTuning, type Invoked, type Measured, type TuningReport, tuningReport } from '../cost/index.ts';
import { AwsError } from '../kernel/index.ts';
import { printFailure } from './failures.ts';
import type { Installation } from './installation.ts';
import { chooseFunction, readEvent } from './invoke.ts';
import { openForOneRun } from './one-run.ts';
import type { Output } from './output/terminal.ts';
import { findProject } from './project.ts';
import { type CloudFlags, isUsable, type Session } from './session.ts';
import { printDiagnostics } from './start-report.ts';
import { UserError } from './user-error.ts';
import { loadProjectStack } from './workload.ts';

export interface TuneFlags extends Omit<CloudFlags, 'cpuLimit'> {
  readonly event?: string;
  /** MB, ascending. */
  readonly sizes: readonly number[];
  /** Warm ones of each size. */
  readonly invocations: number;
  readonly cold: number;
  readonly json: boolean;
}

export async function tune(
  name: string | undefined,
  flags: TuneFlags,
  installation: Installation,
  said: Output,
  out: Output,
): Promise<number> {
  const functions = [...loadProjectStack(findProject(flags, process.cwd())).resources.values()].filter(
    ({ type }) => type === 'AWS::Lambda::Function',
  );
  const logicalId = chooseFunction(name, functions);
  const event = await readEvent(flags.event);
  const { session, progress, stop } = await openForOneRun({ ...flags, cpuLimit: true }, installation, said);
  let tried: Trial | undefined;
  try {
    const work = async (): Promise<TuningReport | number> => {
      const applied = await session.workload.apply();
      const errors = applied.diagnostics.filter(({ severity }) => severity === 'error');
      progress.clear();
      printDiagnostics(said, errors);
      if (!isUsable(applied)) return 1;
      tried = await openTrial(session, logicalId);
      return await measure(tried, event, flags, (memoryMb) => progress.step(`${logicalId} with ${memoryMb} MB …`));
    };
    const report = await Promise.race([work(), stop.requested]);
    progress.clear();
    // Only here, when nobody has broken it off.
    if (typeof report === 'number') return report;
    out.stream.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : formatTuning(report));
    return report.sizes.some(({ error }) => error !== undefined) ? 1 : 0;
  } catch (error) {
    progress.clear();
    return printFailure(error, said);
  } finally {
    // What the template says is what stays, whatever was tried, and whoever broke it off.
    await tried?.restore().catch((error) => printFailure(error, said));
    await session.close();
    stop.forget();
  }
}

interface Configuration {
  readonly MemorySize?: number;
  readonly Description?: string;
  readonly Architectures?: readonly string[];
}

/** A function whose configuration is changed for a while. */
interface Trial {
  readonly functionName: string;
  readonly architecture: 'arm64' | 'x86_64';
  readonly currentMb: number;
  /** Rejects with UserError, in Lambda's words; always once the configuration is restored. */
  lambda<T>(operation: string, input: object): Promise<T>;
  restore(): Promise<void>;
}

async function openTrial({ cloud }: Session, logicalId: string): Promise<Trial> {
  const FunctionName = cloud.physicalIds()[logicalId] ?? logicalId;
  let isOver = false;
  const ask = async <T>(operation: string, input: object): Promise<T> => {
    const call = {
      caller: { kind: 'client' },
      service: 'lambda',
      operation,
      input: { FunctionName, ...input },
    } as const;
    try {
      return (await cloud.kernel.dispatch(call)) as T;
    } catch (error) {
      if (error instanceof AwsError) throw new UserError(`${error.code}: ${error.message}`);
      throw error;
    }
  };
  const lambda = async <T>(operation: string, input: object): Promise<T> => {
    if (isOver) throw new UserError('it was broken off');
    const output = await ask<T>(operation, input);
    // What it failed of is that everything ends.
    if (isOver) throw new UserError('it was broken off');
    return output;
  };
  const {
    MemorySize: currentMb = 128,
    Description = '',
    Architectures,
  } = await lambda<Configuration>('GetFunctionConfiguration', {});
  return {
    functionName: logicalId,
    architecture: Architectures?.[0] === 'arm64' ? 'arm64' : 'x86_64',
    currentMb,
    lambda,
    async restore() {
      isOver = true;
      await ask('UpdateFunctionConfiguration', { MemorySize: currentMb, Description });
    },
  };
}

async function measure(
  trial: Trial,
  event: string,
  flags: TuneFlags,
  onSize: (memoryMb: number) => void,
): Promise<TuningReport> {
  const measured: Measured[] = [];
  for (const memoryMb of flags.sizes) {
    onSize(memoryMb);
    measured.push(await measureSize(memoryMb, flags, event, trial));
  }
  const { functionName, architecture, currentMb } = trial;
  return tuningReport(measured, { functionName, architecture, currentMb });
}

interface InvokeOutput {
  readonly FunctionError?: string;
  readonly Payload?: string | Uint8Array;
  readonly LogResult?: string;
}

/** Warm ones follow the last cold start; the first error ends a size. */
async function measureSize(
  memoryMb: number,
  { cold: coldStarts, invocations }: TuneFlags,
  event: string,
  { lambda }: Trial,
): Promise<Measured> {
  const cold: Invoked[] = [];
  const warm: Invoked[] = [];
  const invoke = async (): Promise<Invoked | string> => {
    const output = await lambda<InvokeOutput>('Invoke', { Payload: event, LogType: 'Tail' });
    return output.FunctionError === undefined ? readReport(output.LogResult) : errorIn(output.Payload);
  };
  for (let start = 1; start <= coldStarts; start += 1) {
    // Another configuration: no environment of the one before is used any more.
    await lambda('UpdateFunctionConfiguration', {
      MemorySize: memoryMb,
      Description: `sampan tune ${memoryMb} ${start}`,
    });
    const told = await invoke();
    if (typeof told === 'string') return { memoryMb, cold, warm, error: told };
    cold.push(told);
  }
  for (let invocation = 0; invocation < invocations; invocation += 1) {
    const told = await invoke();
    if (typeof told === 'string') return { memoryMb, cold, warm, error: told };
    warm.push(told);
  }
  return { memoryMb, cold, warm };
}

/** `errorType: errorMessage`, on one line. */
function errorIn(payload: string | Uint8Array = ''): string {
  const text = Buffer.from(payload).toString('utf8');
  try {
    const { errorType, errorMessage } = JSON.parse(text) as Record<string, string>;
    return [errorType, errorMessage].filter(Boolean).join(': ').replaceAll(/\s+/g, ' ');
  } catch {
    return text;
  }
}

/** The REPORT line at the end of the log, as JSON or as text. Throws when there is none. */
export function readReport(logResult = ''): Invoked {
  const log = Buffer.from(logResult, 'base64').toString('utf8');
  const json = /^.*"platform\.report".*$/m.exec(log)?.[0];
  if (json !== undefined) {
    const { metrics } = (JSON.parse(json.slice(json.indexOf('{'))) as { record: { metrics: Record<string, number> } })
      .record;
    return {
      durationMs: metrics['durationMs']!,
      billedMs: metrics['billedDurationMs']!,
      memoryUsedMb: metrics['maxMemoryUsedMB']!,
      ...(metrics['initDurationMs'] !== undefined && { initMs: metrics['initDurationMs'] }),
    };
  }
  const number = (label: string) => {
    const found = new RegExp(`\\t${label}: ([\\d.]+) M?[ms]`).exec(
      `\t${log.slice(log.indexOf('REPORT ')).replace(/^REPORT RequestId: \S+/, '')}`,
    );
    return found ? Number(found[1]) : undefined;
  };
  const durationMs = number('Duration');
  if (durationMs === undefined)
    throw new UserError('the function left no REPORT line: nothing is known of how long it took');
  const initMs = number('Init Duration');
  return {
    durationMs,
    billedMs: number('Billed Duration') ?? Math.ceil(durationMs),
    memoryUsedMb: Number(/Max Memory Used: (\d+) MB/.exec(log)?.[1] ?? 0),
    ...(initMs !== undefined && { initMs }),
  };
}
