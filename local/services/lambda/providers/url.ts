/** AWS::Lambda::Url: kept as data for the door that serves function URLs. */
import { createHash } from 'node:crypto';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { parseFunctionName } from '../names.ts';
import { readProperties } from '../property-reader.ts';
import type { LambdaRoom } from '../room.ts';

export function urlProvider({ records, functions, place, clock }: LambdaRoom): Provider {
  function put(request: ResourceRequest): ResourceResult {
    const settings = readProperties(request, (read) => ({
      target: read.requiredText('TargetFunctionArn'),
      qualifier: read.text('Qualifier'),
      authType: read.oneOf('AuthType', ['AWS_IAM', 'NONE']) ?? read.missing('AuthType', 'NONE' as const),
      invokeMode: read.oneOf('InvokeMode', ['BUFFERED', 'RESPONSE_STREAM']) ?? ('BUFFERED' as const),
    }));
    const { name, qualifier } = parseFunctionName(settings.target, settings.qualifier);
    functions.record(name);
    const key = qualifier === undefined ? name : `${name}:${qualifier}`;
    const arn = functions.arn(name, qualifier);
    // Lambda draws 32 letters and digits; ours are the same at every start.
    const urlId = BigInt(`0x${createHash('sha256').update(arn).digest('hex')}`)
      .toString(36)
      .slice(0, 32);
    const { authType, invokeMode } = settings;
    const lastModifiedTime = new Date(clock.now()).toISOString();
    const creationTime = records.urls.get(key)?.creationTime ?? lastModifiedTime;
    records.urls.put(key, {
      functionName: name,
      qualifier,
      urlId,
      authType,
      invokeMode,
      creationTime,
      lastModifiedTime,
    });
    return {
      physicalId: arn,
      attributes: { FunctionArn: arn, FunctionUrl: `https://${urlId}.lambda-url.${place.region}.on.aws/` },
    };
  }

  return {
    create: put,
    update: put,
    delete({ physicalId }) {
      const { name, qualifier } = parseFunctionName(physicalId);
      records.urls.delete(qualifier === undefined ? name : `${name}:${qualifier}`);
    },
  };
}
