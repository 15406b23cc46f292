/** What requests that are not right are answered, in every protocol's own form. */
import * as lambda from '@aws-sdk/client-lambda';
import * as secrets from '@aws-sdk/client-secrets-manager';
import * as sts from '@aws-sdk/client-sts';
import { cbor } from '@smithy/core/cbor';
import fc from 'fast-check';
import { createServiceWire, encodeErrorFor, type ServiceModel } from './service-wire.ts';
import { comparable, fromSdk, handlerOf } from './testing.ts';
import { ProtocolError, type WireError } from './wire-error.ts';

const SECRETS: ServiceModel = { protocol: 'json-1.1', schemas: secrets };

function post(body: string | Uint8Array, headers: Record<string, string> = {}, path = '/') {
  return fromSdk({ method: 'POST', path, headers, body });
}

const json = (target: string, body: string) =>
  post(body, { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `secretsmanager.${target}` });

async function refusal(model: ServiceModel, request: ReturnType<typeof post>): Promise<ProtocolError> {
  try {
    await (await createServiceWire(model).open(request)).decode();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a JSON request', () => {
  it.each([
    ['GetSecretValue', '{"SecretId":', /not valid JSON/],
    ['GetSecretValue', '[]', /^Start of list found where not expected/],
    ['GetSecretValue', '{"SecretId":1}', /^NUMBER_VALUE cannot be converted to String/],
    ['GetSecretValue', '{"SecretId":{}}', /^Start of structure or map found where not expected/],
    ['ListSecrets', '{"MaxResults":"ten"}', /^STRING_VALUE cannot be converted to Number/],
    ['ListSecrets', '{"IncludePlannedDeletion":1}', /^NUMBER_VALUE cannot be converted to Boolean/],
    ['ListSecrets', '{"Filters":{}}', /^Start of structure or map found/],
    ['CreateSecret', '{"Name":"a","SecretBinary":"%%%"}', /base64/],
  ])('%s %s is refused as a SerializationException', async (target, body, message) => {
    const error = await refusal(SECRETS, json(target, body));
    expect([error.code, error.statusCode]).toEqual(['SerializationException', 400]);
    expect(error.message).toMatch(message);
  });

  it('without what its operation requires is refused as a ValidationException, or what the service calls it', async () => {
    const request = json('TagResource', '{"Tags":null}');
    expect(await refusal(SECRETS, request)).toMatchObject({
      code: 'ValidationException',
      message:
        "2 validation errors detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null; Value null at 'tags' failed to satisfy constraint: Member must not be null",
    });
    const called = { ...SECRETS, validationErrorCode: 'InvalidParameterException' };
    expect(await refusal(called, request)).toMatchObject({ code: 'InvalidParameterException' });
  });

  it('of an unknown operation is refused, and of one every object has', async () => {
    for (const target of ['GetEverything', 'constructor', '__proto__', '']) {
      expect(await refusal(SECRETS, json(target, '{}'))).toMatchObject({ code: 'UnknownOperationException' });
    }
  });

  it('may have members nobody knows, and keys every object has', async () => {
    const body = '{"SecretId":"a","__proto__":{"VersionId":"x"},"constructor":1,"Other":[]}';
    const exchange = await createServiceWire(SECRETS).open(json('GetSecretValue', body));
    expect(await exchange.decode()).toEqual({ SecretId: 'a' });
  });

  it('is read or refused, never anything else', async () => {
    const wire = createServiceWire(SECRETS);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.json(), fc.string()),
        fc.constantFrom('CreateSecret', 'ListSecrets'),
        async (body, target) => {
          try {
            const input = await (await wire.open(json(target, body))).decode();
            expect(typeof input).toBe('object');
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
    );
  });
});

describe('a form', () => {
  const model: ServiceModel = {
    protocol: 'query',
    schemas: sts,
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  };
  const form = (body: string) => post(body, { 'content-type': 'application/x-www-form-urlencoded' });

  it('names its operation, in the body or in the query', async () => {
    const wire = createServiceWire(model);
    expect((await wire.open(form('Action=GetCallerIdentity&Version=2011-06-15'))).operation).toBe('GetCallerIdentity');
    const get = fromSdk({ method: 'GET', path: '/', headers: {}, query: { Action: 'GetCallerIdentity' } });
    expect((await wire.open(get)).operation).toBe('GetCallerIdentity');
    expect(await refusal(model, form(''))).toMatchObject({ code: 'MissingAction' });
    expect(await refusal(model, form('Action=Nothing'))).toMatchObject({
      code: 'InvalidAction',
      message: 'The action Nothing is not valid for this web service.',
    });
  });

  it('with a word for a number is refused', async () => {
    const body = 'Action=AssumeRole&RoleArn=a&RoleSessionName=b&DurationSeconds=long';
    expect(await refusal(model, form(body))).toMatchObject({ code: 'MalformedInput' });
    expect(await refusal(model, form('Action=AssumeRole&RoleArn=a'))).toMatchObject({
      code: 'ValidationError',
      message: expect.stringMatching(/'roleSessionName'/),
    });
  });

  it('counts its lists in numbers, not in letters', async () => {
    const tags = Array.from({ length: 12 }, (_, index) => [
      `Tags.member.${12 - index}.Key=${12 - index}`,
      `Tags.member.${12 - index}.Value=v`,
    ]);
    const exchange = await createServiceWire(model).open(
      form(`Action=AssumeRole&RoleArn=a&RoleSessionName=b&${tags.flat().join('&')}`),
    );
    const { Tags } = (await exchange.decode()) as { Tags: { Key: string }[] };
    expect(Tags.map(({ Key }) => Number(Key))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});

describe('an error', () => {
  const missing: WireError = {
    ...{ code: 'ResourceNotFoundException', message: 'No <such> thing & no other', statusCode: 404, fault: 'client' },
    members: { Type: 'User' },
    headers: { 'retry-after': '1' },
  };
  const answer = (model: ServiceModel, headers: Record<string, string> = {}) =>
    createServiceWire(model).encodeError(post('', headers), missing, 'request-1');

  it('in JSON has its type in the body', () => {
    const { statusCode, headers, body } = answer(SECRETS);
    expect([statusCode, JSON.parse(body as string)]).toEqual([
      404,
      { __type: 'ResourceNotFoundException', Message: 'No <such> thing & no other' },
    ]);
    expect(headers).toEqual({
      'x-amzn-requestid': 'request-1',
      'content-type': 'application/x-amz-json-1.1',
      'retry-after': '1',
    });
  });

  it('in REST has it in a header', () => {
    const { headers, body } = answer({ protocol: 'rest-json', schemas: lambda });
    expect(headers['x-amzn-errortype']).toBe('ResourceNotFoundException');
    expect(JSON.parse(body as string)).toEqual({ Type: 'User', Message: 'No <such> thing & no other' });
  });

  it('in XML has it in an element, with the text escaped', () => {
    const { body, headers } = answer({ protocol: 'query', schemas: sts, xmlNamespace: 'urn:x' });
    expect(headers['content-type']).toBe('text/xml');
    expect(body).toBe(
      '<ErrorResponse xmlns="urn:x"><Error><Type>Sender</Type><Code>ResourceNotFoundException</Code><Message>No &lt;such&gt; thing &amp; no other</Message></Error><RequestId>request-1</RequestId></ErrorResponse>',
    );
    expect(answer({ protocol: 'ec2-query', schemas: {} }).body).toBe(
      '<Response><Errors><Error><Code>ResourceNotFoundException</Code><Message>No &lt;such&gt; thing &amp; no other</Message></Error></Errors><RequestID>request-1</RequestID></Response>',
    );
    const s3 = answer({ protocol: 'rest-xml', schemas: {} });
    expect(s3.headers['x-amz-request-id']).toBe('request-1');
    expect(s3.body).toMatch(/<Error><Code>ResourceNotFoundException<\/Code><Message>.*<RequestId>request-1</);
  });

  it('in CBOR has its type in the body', () => {
    const { headers, body } = answer(SECRETS, { 'smithy-protocol': 'rpc-v2-cbor' });
    expect(headers['smithy-protocol']).toBe('rpc-v2-cbor');
    expect(comparable(cbor.deserialize(body as Uint8Array))).toEqual({
      __type: 'ResourceNotFoundException',
      Message: 'No <such> thing & no other',
    });
  });

  it('tells clients of query-compatible services the code of old', () => {
    const { headers } = answer(SECRETS, { 'x-amzn-query-mode': 'true' });
    expect(headers['x-amzn-query-error']).toBe('ResourceNotFoundException;Sender');
  });

  it('may have a type of another name beside the code of old', () => {
    const model = { ...SECRETS, errorTypes: { ResourceNotFoundException: 'SecretIsMissing' } };
    const { headers, body } = answer(model, { 'x-amzn-query-mode': 'true' });
    expect(headers['x-amzn-query-error']).toBe('ResourceNotFoundException;Sender');
    expect(JSON.parse(String(body))).toMatchObject({ __type: 'SecretIsMissing' });
  });

  it('of a service nobody knows can be read all the same', () => {
    expect(
      encodeErrorFor(post('', { 'content-type': 'application/x-amz-json-1.0' }), missing, 'r').headers,
    ).toMatchObject({ 'content-type': 'application/x-amz-json-1.0' });
    const form = post('', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(encodeErrorFor(form, missing, 'r').body).toMatch(/^<ErrorResponse>/);
  });

  const clients: readonly [string, () => Promise<unknown>][] = [
    [
      'Secrets Manager',
      () => client(secrets.SecretsManagerClient, SECRETS).send(new secrets.GetSecretValueCommand({ SecretId: 'a' })),
    ],
    [
      'Lambda',
      () =>
        client(lambda.LambdaClient, { protocol: 'rest-json', schemas: lambda }).send(
          new lambda.GetFunctionCommand({ FunctionName: 'a' }),
        ),
    ],
    [
      'STS',
      () => client(sts.STSClient, { protocol: 'query', schemas: sts }).send(new sts.GetCallerIdentityCommand({})),
    ],
  ];

  function client<T>(Client: new (options: never) => T, model: ServiceModel): T {
    const wire = createServiceWire(model);
    return new Client({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
      requestHandler: handlerOf(async (request) => wire.encodeError(request, missing, 'request-1')),
    } as never);
  }

  it.each(clients)('is what %s clients throw', async (_name, send) => {
    await expect(send()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'No <such> thing & no other',
      $fault: 'client',
      $metadata: { httpStatusCode: 404, requestId: 'request-1' },
    });
  });
});

describe('a REST path', () => {
  const model: ServiceModel = { protocol: 'rest-json', schemas: lambda };
  const open = (method: string, path: string, query = {}) =>
    createServiceWire(model).open(fromSdk({ method, path, headers: {}, query }));

  it('names its operation by method and form, with or without a slash at the end', async () => {
    expect((await open('GET', '/2015-03-31/functions/')).operation).toBe('ListFunctions');
    expect((await open('GET', '/2015-03-31/functions')).operation).toBe('ListFunctions');
    expect((await open('GET', '/2015-03-31/functions/a')).operation).toBe('GetFunction');
    expect((await open('DELETE', '/2015-03-31/functions/a')).operation).toBe('DeleteFunction');
    await expect(open('PATCH', '/2015-03-31/functions/a')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('has labels that are decoded once', async () => {
    const exchange = await open('GET', '/2015-03-31/functions/arn%3Aaws%3Alambda%3A%252Fx', { Qualifier: 'a b' });
    expect(await exchange.decode()).toEqual({ FunctionName: 'arn:aws:lambda:%2Fx', Qualifier: 'a b' });
    const broken = await open('GET', '/2015-03-31/functions/%zz');
    await expect(broken.decode()).rejects.toMatchObject({ code: 'SerializationException' });
  });
});
