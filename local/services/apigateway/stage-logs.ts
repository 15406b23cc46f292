/**
 * Access and execution logs of stages, written in the role that the account has for it. What that role may not write is
 * lost on AWS; here it is shown, and said once.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
import { Gate } from '../../kernel/gate.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { type LogSource, OWN_LOG } from '../../kernel/telemetry.ts';
import type { AccountSettings } from './account.ts';

export interface StageLogs {
  write(source: LogSource, message: string): void;
}

interface Line {
  readonly source: LogSource;
  readonly timestamp: number;
  readonly message: string;
}

export const NO_ROLE =
  'the account has no role in which API Gateway could log, and AWS would refuse the stage ("CloudWatch Logs role ARN must be set in account settings to enable logging"): add an AWS::ApiGateway::Account with a CloudWatchRoleArn, and make the stage depend on it';

export function createStageLogs(
  { telemetry, clock, store }: Pick<ServiceContext, 'telemetry' | 'clock' | 'store'>,
  account: Pick<AccountSettings, 'get' | 'mayLog'>,
): StageLogs {
  const gates = new Map<string, Gate<Line>>();
  const told = new Map<string, string>();

  async function isOpen(logGroup: string): Promise<boolean> {
    const { cloudWatchRoleArn } = account.get();
    const { reason } = cloudWatchRoleArn ? await account.mayLog(cloudWatchRoleArn, logGroup) : { reason: NO_ROLE };
    if (reason === undefined) told.delete(logGroup);
    else if (told.get(logGroup) !== reason) {
      told.set(logGroup, reason);
      const message = `what API Gateway logs to ${logGroup} is shown here, and would be lost on AWS: ${reason}`;
      telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
    }
    return reason === undefined;
  }

  function gateOf(logGroup: string): Gate<Line> {
    let gate = gates.get(logGroup);
    if (!gate) {
      gate = new Gate({
        revision: () => store.writes('iam') + store.writes('logs') + store.writes('apigateway'),
        // Whoever cannot be asked any more, as while everything ends, stands in nobody's way.
        ask: () => isOpen(logGroup).catch(() => true),
        pass({ source, timestamp, message }, open) {
          if (open) telemetry.log(source, [{ timestamp, message }]);
          else telemetry.show(source, [{ timestamp, message }]);
        },
      });
      gates.set(logGroup, gate);
    }
    return gate;
  }

  return {
    write: (source, message) => gateOf(source.logGroup).send({ source, timestamp: clock.now(), message }),
  };
}
