/**
 * Logs and traces leave an execution environment in the function's role. What the role may not deliver is lost on AWS,
 * and nobody is told; here it is said once, and what was logged is still shown to whoever watches.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html#monitoring-cloudwatchlogs-prereqs
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html#services-xray-permissions
 */

import { Gate } from '../../../kernel/gate.ts';
import type { ServiceContext } from '../../../kernel/service.ts';
import { type LogEvent, type LogSource, OWN_LOG } from '../../../kernel/telemetry.ts';
import type { EnvironmentSpec } from '../contract.ts';
import { type AskRole, because, createAskRole } from './execution-role.ts';

/** Whose role it is. */
export type Sender = Pick<
  EnvironmentSpec,
  'functionArn' | 'functionName' | 'label' | 'roleArn' | 'logGroup' | 'tracing'
>;

export interface Deliveries {
  log(sender: Sender, source: LogSource, events: readonly LogEvent[]): void;
  /** An X-Ray segment document as JSON text. */
  segment(sender: Sender, document: string): void;
  /** The function's own subsegments hang under this one: they are sent in the same role. */
  traced(sender: Sender, segmentId: string): void;
  /** A document that came to the daemon, from whichever environment. */
  daemonSegment(document: string): void;
  /** Resolves when nothing of it need wait for an answer of IAM. */
  ready(sender: Sender): Promise<void>;
}

type Context = Pick<
  ServiceContext,
  'dispatch' | 'telemetry' | 'clock' | 'store' | 'partition' | 'region' | 'accountId'
>;

interface Batch {
  readonly source: LogSource;
  readonly events: readonly LogEvent[];
}

/** Functions whose subsegments may still come. */
const MOST_TRACED = 10_000;
const MOST_GATES = 1_000;

export function createDeliveries(context: Context, askRole: AskRole = createAskRole(context.dispatch)): Deliveries {
  const { telemetry, clock, store } = context;
  const logGates = new Map<string, Gate<Batch>>();
  /** Of environments, which send again and again: without making the gate's name each time. */
  const environmentGates = new WeakMap<Sender, Gate<Batch>>();
  const traceGates = new Map<string, Gate<string>>();
  const traced = new Map<string, Sender>();
  const told = new Map<string, string>();

  const revision = (): number => store.writes('iam') + store.writes('logs');

  /** Once for each reason: a mended role that falls short again is told of again. */
  function tell(key: string, message: string | undefined): void {
    if (told.get(key) === message) return;
    if (message === undefined) {
      told.delete(key);
      return;
    }
    told.set(key, message);
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  async function mayLog({ roleArn, functionArn, functionName, label, logGroup }: Sender): Promise<boolean> {
    const { partition, region, accountId } = context;
    const group = `arn:${partition}:logs:${region}:${accountId}:log-group:${logGroup}`;
    const stream = `${group}:log-stream:*`;
    const creation = { action: 'logs:CreateLogGroup', resource: `${group}:*` };
    const actions = [
      creation,
      { action: 'logs:CreateLogStream', resource: stream },
      { action: 'logs:PutLogEvents', resource: stream },
    ];
    const verdict = await askRole({ roleArn, functionArn: unqualified(functionArn), actions });
    const exists = telemetry.logs.group(logGroup) !== undefined;
    const denied = verdict.Denied.find(({ Action }) => Action !== creation.action || !exists);
    const reason = denied ? because(denied) : verdict.Trusted ? undefined : because(verdict);
    const what = denied ? `its role may not ${denied.Action}` : 'Lambda may not have its role';
    tell(
      `logs ${functionName}`,
      reason && `${label}: what it logs is shown here, and would be lost on AWS, for ${what} in ${logGroup}: ${reason}`,
    );
    return reason === undefined;
  }

  async function mayTrace({ roleArn, functionArn, functionName, label }: Sender): Promise<boolean> {
    const actions = [{ action: 'xray:PutTraceSegments', resource: '*' }];
    const verdict = await askRole({ roleArn, functionArn: unqualified(functionArn), actions });
    const [denied] = verdict.Denied;
    const reason = denied ? because(denied) : verdict.Trusted ? undefined : because(verdict);
    tell(`traces ${functionName}`, reason && `${label}: its traces are lost, as on AWS: ${reason}`);
    return reason === undefined;
  }

  /** Whoever cannot be asked any more, as while everything ends, stands in nobody's way. */
  const answered = (asked: Promise<boolean>): Promise<boolean> => asked.catch(() => true);

  function logGate(sender: Sender): Gate<Batch> {
    return kept(logGates, `${sender.roleArn} ${sender.functionArn} ${sender.logGroup}`, () => ({
      revision,
      ask: () => answered(mayLog(sender)),
      pass: ({ source, events }, isOpen) => (isOpen ? telemetry.log(source, events) : telemetry.show(source, events)),
    }));
  }

  function traceGate(sender: Sender): Gate<string> {
    return kept(traceGates, `${sender.roleArn} ${sender.functionArn}`, () => ({
      revision,
      ask: () => answered(mayTrace(sender)),
      pass: (document, isOpen) => {
        if (isOpen) telemetry.segment(document);
      },
    }));
  }

  return {
    log(sender, source, events) {
      let gate = environmentGates.get(sender);
      if (!gate) {
        gate = logGate(sender);
        environmentGates.set(sender, gate);
      }
      gate.send({ source, events });
    },
    segment: (sender, document) => traceGate(sender).send(document),
    traced(sender, segmentId) {
      if (traced.size >= MOST_TRACED) traced.delete(traced.keys().next().value as string);
      traced.set(segmentId, sender);
    },
    daemonSegment(document) {
      const parent = /"parent_id"\s*:\s*"([0-9a-f]{16})"/.exec(document)?.[1];
      const sender = parent === undefined ? undefined : traced.get(parent);
      if (sender) traceGate(sender).send(document);
      else telemetry.segment(document);
    },
    async ready(sender) {
      await logGate(sender).ready();
      if (sender.tracing === 'Active') await traceGate(sender).ready();
    },
  };
}

function kept<T>(
  gates: Map<string, Gate<T>>,
  key: string,
  make: () => ConstructorParameters<typeof Gate<T>>[0],
): Gate<T> {
  let gate = gates.get(key);
  if (!gate) {
    if (gates.size >= MOST_GATES) gates.clear();
    gate = new Gate(make());
    gates.set(key, gate);
  }
  return gate;
}

/** `arn:aws:lambda:REGION:ACCOUNT:function:NAME` */
function unqualified(arn: string): string {
  return arn.split(':', 7).join(':');
}
