/** `api/openapi.yaml` says what the code does: the same routes, the same limits, and errors that are JSON. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse, parseDocument, visit } from 'yaml';
import { CONTENT_TYPES } from '../../domain/attachment.ts';
import { LIMITS, PRIORITIES } from '../../domain/requests.ts';
import { STATUSES } from '../../domain/status.ts';
import { statsOf } from '../../domain/ticket-stats.ts';
import { CHANNELS } from '../../domain/webhook.ts';
import { attachmentRoutes } from '../attachments/routes.ts';
import { statsRoutes } from '../stats/routes.ts';
import { webhookRoutes } from '../webhooks/receive.ts';
import { ticketRoutes } from './routes.ts';

const text = readFileSync(path.join(process.cwd(), 'api/openapi.yaml'), 'utf8');

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: Record<string, unknown> }[];
  readonly requestBody?: { required: boolean; content: Record<string, { schema: { $ref: string } }> };
  readonly responses: Record<string, unknown>;
  readonly security?: unknown;
  readonly 'x-amazon-apigateway-integration': {
    type: string;
    uri?: { 'Fn::Sub': string };
    responses?: Record<string, { responseParameters: Record<string, unknown> }>;
  };
}

const api = parse(text) as {
  'x-amazon-apigateway-request-validator': string;
  'x-amazon-apigateway-request-validators': Record<string, unknown>;
  'x-amazon-apigateway-gateway-responses': Record<
    string,
    { statusCode?: string; responseParameters: unknown; responseTemplates: Record<string, string> }
  >;
  paths: Record<string, Record<string, Operation>>;
  components: {
    securitySchemes: Record<string, Record<string, unknown>>;
    schemas: Record<string, { properties?: Record<string, Record<string, unknown>> } & Record<string, unknown>>;
  };
};

const operations = Object.entries(api.paths).flatMap(([route, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    route,
    method,
    name: `${method.toUpperCase()} ${route}`,
    operation,
  })),
);
const served = operations.filter(({ method }) => method !== 'options');
const schema = (name: string) => api.components.schemas[name]!;

test('the routes are those that the functions serve', () => {
  const routes = {
    TicketsFunction: Object.keys(ticketRoutes({} as never)),
    AttachmentsFunction: Object.keys(attachmentRoutes({} as never)),
    AssistantFunction: ['POST /tickets/{id}/draft'],
    WebhooksFunction: Object.keys(webhookRoutes({} as never)),
    StatsFunction: Object.keys(statsRoutes({} as never)),
    HealthFunction: ['GET /health'],
  };
  for (const [target, names] of Object.entries(routes)) {
    const called = served.filter(({ operation }) =>
      operation['x-amazon-apigateway-integration'].uri?.['Fn::Sub'].includes(`\${${target}.Arn}/`),
    );
    expect(called.map(({ name }) => name).sort()).toEqual(names.sort());
    for (const { operation } of called) expect(operation['x-amazon-apigateway-integration'].type).toBe('aws_proxy');
  }
});

test('every route wants a token, but the preflights of browsers, the health check and what is signed', () => {
  const open = operations.filter(({ operation }) => operation.security === undefined).map(({ name }) => name);
  const preflights = Object.keys(api.paths).map((path) => `OPTIONS ${path}`);
  expect(open.sort()).toEqual([...preflights, 'GET /health', 'POST /webhooks/{channel}'].sort());
  for (const { name, operation } of operations) {
    if (open.includes(name)) continue;
    expect(operation.security).toEqual([{ users: [] }]);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403']));
  }
  expect(api.components.securitySchemes['users']).toMatchObject({
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    'x-amazon-apigateway-authorizer': {
      type: 'cognito_user_pools',
      providerARNs: [{ 'Fn::GetAtt': ['UserPool', 'Arn'] }],
      // Other clients of the pool are other programs, whose tokens are not for this one.
      identityValidationExpression: { 'Fn::Sub': '^${UserPoolClient}$' },
    },
  });
});

test('every route is validated, body and parameters', () => {
  expect(api['x-amazon-apigateway-request-validators']).toEqual({
    [api['x-amazon-apigateway-request-validator']]: { validateRequestBody: true, validateRequestParameters: true },
  });
  for (const { method, operation, route } of served) {
    const sends = (method === 'post' && route !== '/tickets/{id}/draft') || method === 'patch';
    expect(operation.requestBody?.required ?? false).toBe(sends);
  }
});

test('bodies have the limits of the domain, and no other fields', () => {
  for (const { operation } of served) {
    if (!operation.requestBody) continue;
    const name = operation.requestBody.content['application/json']!.schema.$ref.split('/').at(-1)!;
    // What others send is theirs: a field more must not stop it.
    expect(schema(name)['additionalProperties']).toBe(name === 'WebhookPayload' ? undefined : false);
  }
  expect(schema('NewTicket').properties).toMatchObject({
    subject: { maxLength: LIMITS.subject },
    body: { maxLength: LIMITS.body },
    requesterEmail: { maxLength: 254 },
  });
  expect(schema('NewMessage').properties).toMatchObject({
    body: { maxLength: LIMITS.body },
    author: { maxLength: LIMITS.person },
  });
  expect(schema('TicketChange').properties).toMatchObject({ assignee: { maxLength: LIMITS.person } });
  expect(schema('TicketChange').properties?.['assignee']).not.toHaveProperty('type');
  expect(schema('NewAttachment').properties).toMatchObject({ fileName: { maxLength: LIMITS.fileName } });
  expect(schema('ContentType')['enum']).toEqual(CONTENT_TYPES);
  expect(schema('QueuedDelivery').properties).toMatchObject({ channel: { enum: CHANNELS } });
  const channel = served.flatMap(({ operation }) => operation.parameters ?? []).find(({ name }) => name === 'channel');
  expect(channel?.schema['enum']).toEqual(CHANNELS);
  expect(schema('Status')['enum']).toEqual(STATUSES);
  expect(schema('Priority')['enum']).toEqual(PRIORITIES);
});

test('the statistics are what the read model says', () => {
  const said = statsOf({ totals: {}, days: {}, oldest: undefined }, 0);
  expect(Object.keys(said).sort()).toEqual([...(schema('Stats')['required'] as string[])].sort());
  for (const name of ['unresolved', 'firstAnswer'] as const)
    expect(Object.keys(said[name])).toEqual(schema('Stats').properties?.[name]?.['required']);
});

test('query parameters have the limits of the domain; If-Match is left to the function', () => {
  const parameters = served.flatMap(({ operation }) => operation.parameters ?? []);
  for (const limit of parameters.filter(({ name }) => name === 'limit')) {
    expect(limit.schema).toMatchObject({
      minimum: LIMITS.page.minimum,
      maximum: LIMITS.page.maximum,
      default: LIMITS.page.usual,
    });
  }
  expect(parameters.find(({ name }) => name === 'q')).toMatchObject({
    required: true,
    schema: { maxLength: LIMITS.searchQuery },
  });
  expect(parameters.find(({ name }) => name === 'If-Match')?.required).toBeUndefined();
});

test('every path answers the preflight of a browser, with all of its methods', () => {
  for (const [route, methods] of Object.entries(api.paths)) {
    const parameters =
      methods['options']?.['x-amazon-apigateway-integration'].responses?.['default']?.responseParameters;
    const allowed = String(parameters?.['method.response.header.Access-Control-Allow-Methods'])
      .replaceAll("'", '')
      .split(',');
    expect([route, allowed.sort()]).toEqual([
      route,
      Object.keys(methods)
        .map((method) => method.toUpperCase())
        .sort(),
    ]);
    expect(parameters?.['method.response.header.Access-Control-Allow-Origin']).toEqual({
      'Fn::Sub': "'${CorsAllowOrigin}'",
    });
  }
});

describe('what API Gateway answers by itself', () => {
  test.each(Object.entries(api['x-amazon-apigateway-gateway-responses']))(
    '%s is an error like ours',
    (_name, response) => {
      const template = response.responseTemplates['application/json']!;
      const rendered = template
        .replaceAll('$context.error.messageString', JSON.stringify('say "no"'))
        .replaceAll('$context.requestId', 'request-1');
      expect(JSON.parse(rendered)).toEqual({
        error: { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String), requestId: 'request-1' },
      });
      expect(response.responseParameters).toEqual({
        'gatewayresponse.header.Access-Control-Allow-Origin': { 'Fn::Sub': "'${CorsAllowOrigin}'" },
      });
    },
  );

  test('a route that does not exist is 404, not the 403 of API Gateway', () => {
    expect(api['x-amazon-apigateway-gateway-responses']['MISSING_AUTHENTICATION_TOKEN']?.statusCode).toBe('404');
  });
});

test('intrinsic functions are in their long form, and there are no anchors: AWS::Include knows neither', () => {
  visit(parseDocument(text), {
    Node(_key, node) {
      expect('anchor' in node ? node.anchor : undefined).toBeUndefined();
      expect(node.tag?.startsWith('!') ?? false).toBe(false);
    },
    Alias: () => {
      throw new Error('an alias');
    },
  });
});

test('sample events are of routes that exist', () => {
  const folder = path.join(process.cwd(), 'events');
  expect(existsSync(folder)).toBe(true);
  const names = served.map(({ name }) => name);
  const sampled = readdirSync(folder).flatMap((file) => {
    const event = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as {
      httpMethod?: string;
      resource?: string;
    };
    return event.httpMethod === undefined ? [] : [`${event.httpMethod} ${event.resource}`];
  });
  expect(sampled.sort()).toEqual(names.sort());
});
