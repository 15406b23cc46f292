/** Operations that nothing here stands behind. Who calls one is told so, by name. */
import { notEmulatedOperations } from '../../kernel/not-emulated.ts';

export const NOT_EMULATED = notEmulatedOperations({
  'there are no guardrails': ['ApplyGuardrail', 'InvokeGuardrailChecks'],
  'there are no asynchronous invocations': ['StartAsyncInvoke', 'GetAsyncInvoke', 'ListAsyncInvokes'],
  'there are no streams in both directions': ['InvokeModelWithBidirectionalStream'],
});
