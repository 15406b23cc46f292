/** AWS::Lambda::EventInvokeConfig: retries, age and destinations of asynchronous invocations. */
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { parseFunctionName } from '../names.ts';
import { readProperties } from '../property-reader.ts';
import type { LambdaRoom } from '../room.ts';

export function eventInvokeConfigProvider({ records, functions, clock }: LambdaRoom): Provider {
  function put(request: ResourceRequest): ResourceResult {
    const settings = readProperties(request, (read) => {
      const destination = (name: string) =>
        read.within('DestinationConfig', (at) => at.within(name, (one) => one.requiredText('Destination')));
      return {
        functionName: parseFunctionName(read.requiredText('FunctionName')).name,
        qualifier: read.requiredText('Qualifier', { pattern: /^(?:\$LATEST|[\w-]{1,128})$/ }),
        maximumRetryAttempts: read.integer('MaximumRetryAttempts', { minimum: 0, maximum: 2 }),
        maximumEventAgeSeconds: read.integer('MaximumEventAgeInSeconds', { minimum: 60, maximum: 21_600 }),
        onSuccess: destination('OnSuccess'),
        onFailure: destination('OnFailure'),
      };
    });
    functions.version(settings.functionName, settings.qualifier);
    const physicalId = `${settings.functionName}:${settings.qualifier}`;
    records.eventInvokeConfigs.put(physicalId, { ...settings, lastModified: new Date(clock.now()).toISOString() });
    return { physicalId };
  }

  return { create: put, update: put, delete: ({ physicalId }) => void records.eventInvokeConfigs.delete(physicalId) };
}
