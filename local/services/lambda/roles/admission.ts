/** What Lambda does in the function's role before an execution environment can begin. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { ServiceContext } from '../../../kernel/service.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import type { EnvironmentLauncher, EnvironmentSpec } from '../contract.ts';
import type { Deliveries } from './deliveries.ts';
import { type AskRole, because, NOT_ASSUMABLE } from './execution-role.ts';
import type { VariableKeys } from './variable-keys.ts';

export interface AdmissionOptions extends Pick<ServiceContext, 'telemetry' | 'clock'> {
  readonly askRole: AskRole;
  readonly variableKeys: VariableKeys;
  readonly deliveries: Pick<Deliveries, 'ready'>;
}

/**
 * A launcher that starts nothing in a role Lambda cannot have, and nothing whose variables cannot be decrypted. `launch`
 * then rejects with the AwsError that `Invoke` answers.
 */
export function admitting(launcher: EnvironmentLauncher, options: AdmissionOptions): EnvironmentLauncher {
  const { askRole, variableKeys, deliveries, telemetry, clock } = options;

  async function admit(spec: EnvironmentSpec): Promise<void> {
    const { roleArn, label } = spec;
    const functionArn = spec.functionArn.split(':', 7).join(':');
    const verdict = await askRole({ roleArn, functionArn });
    if (!verdict.Trusted) {
      const message = `${label}: ${NOT_ASSUMABLE} ${because(verdict)}`;
      telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
      throw new AwsError('AccessDeniedException', NOT_ASSUMABLE, { statusCode: 403, members: { Type: 'User' } });
    }
    await variableKeys.unlock(spec);
    await deliveries.ready(spec);
  }

  return {
    async launch(spec, initializationType, isBackground) {
      await admit(spec);
      return launcher.launch(spec, initializationType, isBackground);
    },
    stop: () => launcher.stop(),
  };
}
