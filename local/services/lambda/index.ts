export type * from './contract.ts';
export {
  createProactiveInitialization,
  type FillableProactiveInitialization,
} from './environments/proactive-initialization.ts';
export {
  createFunctionUrlBook,
  type FunctionUrlBook,
  INVOKE_FUNCTION_URL,
  type InvokeFunctionUrlInput,
  type InvokeFunctionUrlOutput,
} from './function-urls.ts';
export type { InvokeInput, InvokeOutput } from './invocation/invoke.ts';
export { type CodeDownloads, codeDownloads } from './packages/downloads.ts';
export type { UrlCors, UrlRecord } from './records.ts';
export { createDeliveries, type Deliveries } from './roles/deliveries.ts';
export { type LambdaOptions, lambdaService } from './service.ts';
