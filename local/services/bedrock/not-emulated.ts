/** Operations that nothing here stands behind. Who calls one is told so, by name. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';

const WHY: Readonly<Record<string, readonly string[]>> = {
  'there are no guardrails': ['ApplyGuardrail', 'InvokeGuardrailChecks'],
  'there are no asynchronous invocations': ['StartAsyncInvoke', 'GetAsyncInvoke', 'ListAsyncInvokes'],
  'there are no streams in both directions': ['InvokeModelWithBidirectionalStream'],
};

/** Each answers 501 `OperationNotEmulated`, which SDKs do not try again. */
export function notEmulatedOperations(): Readonly<Record<string, Operation>> {
  const refusals = Object.entries(WHY).flatMap(([why, names]) => names.map((name) => [name, refusal(name, why)]));
  return Object.fromEntries(refusals);
}

function refusal(name: string, why: string): Operation {
  return {
    requires: () => [],
    handle() {
      throw new AwsError('OperationNotEmulated', `${name} is not emulated here: ${why}.`, { statusCode: 501 });
    },
  };
}
