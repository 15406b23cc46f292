import { request as httpRequest } from 'node:http';
import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import type { Provider } from '../../kernel/provider.ts';
import type { JsonObject, ServiceDefinition } from '../../kernel/service.ts';
import { s3Service } from '../s3/index.ts';
import { cloudFormationService } from './index.ts';

interface Event {
  readonly RequestType: string;
  readonly ResponseURL: string;
  readonly [name: string]: unknown;
}

type Handler = (event: Event) => Promise<unknown>;

/** Stands where Lambda stands: runs `handler`, and answers as Invoke does. */
function lambda(handler: () => Handler, runtime: () => string): ServiceDefinition {
  return {
    name: 'lambda',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: {
        GetFunctionConfiguration: { requires: () => [], handle: () => ({ Runtime: runtime() }) },
        Invoke: {
          requires: () => [],
          async handle(input: { Payload: string }) {
            try {
              await handler()(JSON.parse(input.Payload));
              return { StatusCode: 200, Payload: 'null' };
            } catch (error) {
              const { name, message } = error as Error;
              const Payload = JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
              return { StatusCode: 200, FunctionError: 'Unhandled', Payload };
            }
          },
        },
      },
    }),
  };
}

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:migrate:7';

const put = (url: string, body: unknown) =>
  fetch(url, { method: 'PUT', headers: { 'content-type': '' }, body: JSON.stringify(body) });

/** As egress has it: AWS's name, which leads to the local endpoint. */
const putByName = (endpoint: string, url: string, body: unknown): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const { host, pathname, search } = new URL(url);
    const { port } = new URL(endpoint);
    const headers = { host, 'content-type': '' };
    const options = { method: 'PUT', host: '127.0.0.1', port, path: pathname + search, headers };
    httpRequest(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end(JSON.stringify(body));
  });

const success = (event: Event, more: object = {}) => ({
  Status: 'SUCCESS',
  StackId: event['StackId'],
  RequestId: event['RequestId'],
  LogicalResourceId: event['LogicalResourceId'],
  PhysicalResourceId: 'schema',
  ...more,
});

describe('a custom resource', () => {
  let cloud: TestCloud;
  let provider: Provider;
  let handler: Handler;
  let events: Event[];
  let runtime: string;

  beforeEach(async () => {
    events = [];
    runtime = 'provided.al2023';
    let url = '';
    const definition = cloudFormationService({ endpointUrl: () => url });
    const record: Handler = (event) => {
      events.push(event);
      return handler(event);
    };
    const services = [
      definition,
      s3Service({ foreignBuckets: [definition.responseBucket] }),
      lambda(
        () => record,
        () => runtime,
      ),
    ];
    cloud = await startTestCloud(services, { routes: definition.routes });
    url = cloud.endpoint.url;
    provider = (await cloud.kernel.registry.service('cloudformation')).providers['Custom::*']!;
  });

  afterEach(() => cloud[Symbol.asyncDispose]());

  const request = (properties: JsonObject = {}) =>
    resourceRequest('Custom::Schema', { ServiceToken: FUNCTION, ...properties });

  it('is made by its function, which gets every leaf as text', async () => {
    handler = async (event) => {
      const answered = await put(event.ResponseURL, success(event, { Data: { Version: 12, Nested: { Deep: 'x' } } }));
      expect(answered.status).toBe(200);
    };
    const sent = request({ Count: 3, On: true, List: [1, { Two: 2 }] });
    const result = await provider.create(sent);
    expect(result.physicalId).toBe('schema');
    expect(result.attributes).toMatchObject({ Version: 12, 'Nested.Deep': 'x' });
    expect(events).toEqual([
      {
        RequestType: 'Create',
        ServiceToken: FUNCTION,
        ResponseURL: expect.stringMatching(
          /^http:\/\/127\.0\.0\.1:\d+\/cloudformation-custom-resource-response-useast1\/arn%3Aaws%3Acloudformation/,
        ),
        StackId: sent.stackId,
        RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        LogicalResourceId: 'Thing',
        ResourceType: 'Custom::Schema',
        ResourceProperties: { ServiceToken: FUNCTION, Count: '3', On: 'true', List: ['1', { Two: '2' }] },
      },
    ]);
  });

  it('answers at S3’s own name where that leads here', async () => {
    runtime = 'nodejs24.x';
    let answered: Promise<{ status: number }> | undefined;
    handler = (event) => {
      answered = putByName(cloud.endpoint.url, event.ResponseURL, success(event));
      return answered;
    };
    expect(await provider.create(request())).toMatchObject({ physicalId: 'schema' });
    expect(await answered).toMatchObject({ status: 200 });
    expect(events[0]?.ResponseURL).toMatch(
      /^https:\/\/cloudformation-custom-resource-response-useast1\.s3\.us-east-1\.amazonaws\.com\/arn%3Aaws%3Acloudformation[^/?]*\?AWSAccessKeyId=[^&]+&Expires=\d+&Signature=/,
    );
  });

  it('is told by S3 when nobody waits for it', async () => {
    runtime = 'nodejs24.x';
    let refused: { status: number; text: string } | undefined;
    handler = async (event) => {
      const url = event.ResponseURL.replace(/Signature=.*/, 'Signature=guess');
      refused = await putByName(cloud.endpoint.url, url, success(event));
      await putByName(cloud.endpoint.url, event.ResponseURL, success(event));
    };
    await provider.create(request());
    expect(refused).toEqual({
      status: 403,
      text: expect.stringMatching(/<Error><Code>AccessDenied<\/Code><Message>Access Denied<\/Message>/),
    });
  });

  it('is updated with its old properties and deleted by its id', async () => {
    handler = async (event) => void (await put(event.ResponseURL, success(event)));
    const before = request({ Version: 1 });
    const existing = existingResource(before, await provider.create(before));
    const after = request({ Version: 2 });
    const updated = existingResource(after, await provider.update(after, existing));
    await provider.delete(updated);
    expect(events.slice(1)).toMatchObject([
      {
        RequestType: 'Update',
        PhysicalResourceId: 'schema',
        ResourceProperties: { Version: '2' },
        OldResourceProperties: { Version: '1' },
      },
      {
        RequestType: 'Delete',
        PhysicalResourceId: 'schema',
        StackId: before.stackId,
        ResourceProperties: { Version: '2' },
      },
    ]);
  });

  it('fails with the reason its function gives', async () => {
    handler = async (event) =>
      void (await put(event.ResponseURL, success(event, { Status: 'FAILED', Reason: 'no disk' })));
    await expect(provider.create(request())).rejects.toThrow(
      /^Received response status \[FAILED\] from custom resource\. Message returned: no disk \(RequestId: /,
    );
  });

  it('fails at once when its function does', async () => {
    handler = async () => {
      throw new TypeError('x is undefined');
    };
    await expect(provider.create(request())).rejects.toThrow(
      `The function ${FUNCTION} of the custom resource failed before it answered: TypeError: x is undefined`,
    );
  });

  it('fails when nobody answers in time', async () => {
    handler = async () => {};
    const created = provider.create(request({ ServiceTimeout: '60' })) as Promise<unknown>;
    const outcome = created.then(
      () => 'made',
      (error) => error.message,
    );
    // Until the function has returned; only then does time pass.
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await cloud.clock.advance(60_000);
    expect(await outcome).toMatch(/did not receive a response from your Custom Resource within 60 s/);
  });

  it('waits on when its function returned without an answer', async () => {
    let later: Promise<unknown> | undefined;
    handler = async (event) => {
      later = new Promise((resolve) => setTimeout(resolve, 20)).then(() => put(event.ResponseURL, success(event)));
    };
    expect(await provider.create(request())).toMatchObject({ physicalId: 'schema' });
    await later;
  });

  it.each([
    ['for another request', (event: Event) => success(event, { RequestId: 'other' }), /RequestId does not match/],
    ['without an id', (event: Event) => success(event, { PhysicalResourceId: '' }), /Invalid PhysicalResourceId/],
    ['without a status', (event: Event) => success(event, { Status: 'DONE' }), /Status must be SUCCESS or FAILED/],
    ['of more than 4 KB', (event: Event) => success(event, { Data: { x: 'x'.repeat(4096) } }), /too long/],
    ['that is no object', () => [], /not a JSON object/],
  ])('fails by an answer %s', async (_name, answer, expected) => {
    handler = async (event) => void (await put(event.ResponseURL, answer(event)));
    await expect(provider.create(request())).rejects.toThrow(expected);
  });

  it('takes one answer, from whom it asked', async () => {
    let url = '';
    const statuses: number[] = [];
    handler = async (event) => {
      url = event.ResponseURL;
      statuses.push((await put(url.replace(/Signature=.*/, 'Signature=guess'), success(event))).status);
      statuses.push((await put(url, success(event))).status);
      statuses.push((await put(url, success(event))).status);
    };
    await provider.create(request());
    while (statuses.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(statuses).toEqual([403, 200, 403]);
  });

  it('is refused without a function, or with patience for more than an hour', () => {
    const wrong = resourceRequest('Custom::Schema', { ServiceToken: 'migrate', ServiceTimeout: 3601 });
    expect(() => provider.create(wrong)).toThrow(/ServiceToken must be the ARN.*\n.*between 1 and 3600/);
  });
});
