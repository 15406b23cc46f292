/** What is bound to a function, or to one of its versions or aliases, and goes with it. */
import type { LambdaRecords, PolicyRecord } from '../records.ts';

/** `key` is `name:qualifier`, `arn` the qualified ARN. */
export function forgetQualified(records: LambdaRecords, key: string, arn: string): void {
  const { eventInvokeConfigs, provisionedConcurrency, runtimeManagement, urls, policies } = records;
  for (const collection of [eventInvokeConfigs, provisionedConcurrency, runtimeManagement, urls]) {
    collection.delete(key);
  }
  policies.delete(arn);
}

/** `arn` is the unqualified ARN. */
export function forgetFunction(records: LambdaRecords, name: string, arn: string): void {
  const { versions, aliases, eventInvokeConfigs, provisionedConcurrency, runtimeManagement, urls } = records;
  for (const collection of [versions, aliases, eventInvokeConfigs, provisionedConcurrency, runtimeManagement, urls]) {
    for (const { key } of collection.list({ prefix: `${name}:` })) collection.delete(key);
  }
  urls.delete(name);
  for (const { key } of policiesOf(records, name, arn)) records.policies.delete(key);
  records.functionCodeSigning.delete(name);
  records.tags.delete(arn);
}

function policiesOf(records: LambdaRecords, name: string, arn: string): { key: string; value: PolicyRecord }[] {
  return records.policies.list({ prefix: arn }).filter(({ value }) => value.functionName === name);
}
