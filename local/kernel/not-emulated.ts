/** Operations of AWS's that nothing here stands behind: who calls one is told so by name, with the reason. */
import { AwsError } from './aws-error.ts';
import type { Operation } from './service.ts';

/**
 * Each answers 501 `OperationNotEmulated`, which SDKs do not try again.
 * @param why the operations' names by the reason, which goes on from "… is not emulated here: "
 */
export function notEmulatedOperations(why: Readonly<Record<string, readonly string[]>>): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(why).flatMap(([reason, names]) => names.map((name) => [name, refusal(name, reason)])),
  );
}

function refusal(name: string, reason: string): Operation {
  return {
    notEmulated: reason,
    requires: () => [],
    handle() {
      throw new AwsError('OperationNotEmulated', `${name} is not emulated here: ${reason}.`, { statusCode: 501 });
    },
  };
}
