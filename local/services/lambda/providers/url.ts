/** AWS::Lambda::Url: at which URL a function or an alias answers. https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html */
import { createHash } from 'node:crypto';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { conflict, notFound } from '../errors.ts';
import { exists } from '../functions/qualified.ts';
import { parseFunctionName } from '../names.ts';
import { type PropertyReader, readProperties } from '../property-reader.ts';
import type { UrlCors, UrlRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';

type Settings = Omit<UrlRecord, 'urlId' | 'creationTime' | 'lastModifiedTime'>;

const METHODS = ['GET', 'PUT', 'HEAD', 'POST', 'PATCH', 'DELETE', '*'];

export function urlProvider(room: LambdaRoom): Provider {
  const { records, functions, place, clock } = room;

  function put(settings: Settings): ResourceResult {
    const { functionName, qualifier } = settings;
    if (!exists(room, functionName, qualifier)) throw notFound('Function does not exist');
    const arn = functions.arn(functionName, qualifier);
    const key = urlKey(functionName, qualifier);
    const lastModifiedTime = new Date(clock.now()).toISOString();
    const creationTime = records.urls.get(key)?.creationTime ?? lastModifiedTime;
    const urlId = urlIdOf(arn);
    records.urls.put(key, { ...settings, urlId, creationTime, lastModifiedTime });
    return { physicalId: arn, attributes: { FunctionArn: arn, FunctionUrl: functionUrl(urlId, place.region) } };
  }

  function create(request: ResourceRequest): ResourceResult {
    const settings = readUrl(request);
    const arn = functions.arn(settings.functionName, settings.qualifier);
    if (records.urls.get(urlKey(settings.functionName, settings.qualifier)) && request.interrupted !== true) {
      throw conflict(
        `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      );
    }
    return put(settings);
  }

  return {
    create,
    update(request, existing) {
      const settings = readUrl(request);
      const isMoved = functions.arn(settings.functionName, settings.qualifier) !== existing.physicalId;
      return isMoved ? create(request) : put(settings);
    },
    delete({ physicalId }) {
      const { name, qualifier } = parseFunctionName(physicalId);
      records.urls.delete(urlKey(name, qualifier));
    },
  };
}

export function functionUrl(urlId: string, region: string): string {
  return `https://${urlId}.lambda-url.${region}.on.aws/`;
}

export function urlKey(functionName: string, qualifier: string | undefined): string {
  return qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
}

/** What a template would say of a URL that is there: for changes of some of its members. */
export function propertiesOfUrl({ functionName, qualifier, authType, invokeMode, cors }: UrlRecord): JsonObject {
  return {
    TargetFunctionArn: functionName,
    ...(qualifier !== undefined && { Qualifier: qualifier }),
    AuthType: authType,
    InvokeMode: invokeMode,
    ...(cors && { Cors: corsMembers(cors) }),
  };
}

/** As the API and the template have it. */
export function corsMembers(cors: UrlCors): JsonObject {
  const members: Readonly<Record<string, Json | undefined>> = {
    AllowCredentials: cors.allowCredentials,
    AllowHeaders: cors.allowHeaders && [...cors.allowHeaders],
    AllowMethods: cors.allowMethods && [...cors.allowMethods],
    AllowOrigins: cors.allowOrigins && [...cors.allowOrigins],
    ExposeHeaders: cors.exposeHeaders && [...cors.exposeHeaders],
    MaxAge: cors.maxAge,
  };
  return Object.fromEntries(Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

function readUrl(request: ResourceRequest): Settings {
  return readProperties(request, (read) => {
    const target = read.requiredText('TargetFunctionArn');
    const { name, qualifier } = parseFunctionName(
      target,
      read.text('Qualifier', { pattern: /^((?!^\d+$)^[0-9a-zA-Z-_]+$)/ }),
    );
    return {
      functionName: name,
      qualifier,
      authType: read.oneOf('AuthType', ['AWS_IAM', 'NONE']) ?? read.missing('AuthType', 'NONE' as const),
      invokeMode: read.oneOf('InvokeMode', ['BUFFERED', 'RESPONSE_STREAM']) ?? ('BUFFERED' as const),
      cors: read.within('Cors', readCors),
    };
  });
}

function readCors(read: PropertyReader): UrlCors {
  const credentials = read.oneOf('AllowCredentials', ['true', 'false']);
  const allowMethods = read.texts('AllowMethods');
  allowMethods?.forEach((method, index) => {
    if (METHODS.includes(method)) return;
    read.refuse(
      ['AllowMethods', index],
      `Value '${method}' at 'cors.allowMethods' failed to satisfy constraint: Member must satisfy enum value set: [${METHODS.join(', ')}]`,
    );
  });
  return {
    allowCredentials: credentials === undefined ? undefined : credentials === 'true',
    allowHeaders: read.texts('AllowHeaders'),
    allowMethods,
    allowOrigins: read.texts('AllowOrigins'),
    exposeHeaders: read.texts('ExposeHeaders'),
    maxAge: read.integer('MaxAge', { minimum: 0, maximum: 86_400 }),
  };
}

/** Lambda draws 32 letters and digits; ours are the same at every start. */
function urlIdOf(arn: string): string {
  return BigInt(`0x${createHash('sha256').update(arn).digest('hex')}`)
    .toString(36)
    .slice(0, 32);
}
