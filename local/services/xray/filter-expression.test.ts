import fc from 'fast-check';
import type { Segment } from '../../kernel/telemetry.ts';
import { compileFilterExpression, FilterExpressionError, traceFacts } from './index.ts';
import { traceTree, walk } from './trace-tree.ts';

const ID = '1-5759e988-bd862e3fe1be46a994272793';

const facts = traceFacts(ID, [
  {
    trace_id: ID,
    id: '0000000000000001',
    name: 'shop/v1',
    origin: 'AWS::ApiGateway::Stage',
    start_time: 100,
    end_time: 103,
    error: true,
    resource_arn: 'arn:aws:apigateway:us-east-1::/restapis/a/stages/v1',
    http: {
      request: { method: 'POST', url: 'https://shop/v1/carts', user_agent: 'curl/8', client_ip: '10.0.0.7' },
      response: { status: 404 },
    },
  },
  {
    trace_id: ID,
    id: '0000000000000002',
    parent_id: '0000000000000001',
    name: 'carts',
    origin: 'AWS::Lambda::Function',
    user: 'ada',
    start_time: 101,
    end_time: 102,
    annotations: { tier: 'gold', items: 3, first: true, 'odd.key': 'x' },
    subsegments: [
      {
        id: '0000000000000003',
        name: 'api.example.com',
        namespace: 'remote',
        start_time: 101,
        end_time: 101.5,
        fault: true,
      },
    ],
  },
] satisfies Segment[] as Segment[]);

// The expressions are those of https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html, on this trace.
describe('filter expressions', () => {
  it.each([
    ['', true],
    ['error', true],
    ['!error', false],
    ['NOT fault', false],
    ['ok', false],
    ['fault = true', true],
    ['partial = false', true],
    ['responsetime > 2.5', true],
    ['responsetime >= 3 AND duration <= 3', true],
    ['duration < 1', false],
    ['http.status = 404', true],
    ['http.status != 404', false],
    ['http.method = "POST" AND http.url CONTAINS "/carts"', true],
    ['http.url BEGINSWITH "https://" AND http.url ENDSWITH "carts"', true],
    ['http.useragent CONTAINS "curl"', true],
    ['http.clientip = "10.0.0.7"', true],
    ['user = "ada"', true],
    ['name = "carts"', true],
    ['type = "AWS::Lambda::Function"', true],
    ['resource.arn CONTAINS "restapis"', true],
    ['annotation.tier = "gold"', true],
    ['annotation[tier] = "gold"', true],
    ['annotation["odd.key"] = "x"', true],
    ['annotation.items > 2', true],
    ['annotation.items = "3"', false],
    ['annotation.first = true', true],
    ['annotation.tier', true],
    ['annotation.none', false],
    ['service("carts")', true],
    ['service("none")', false],
    ['service("carts") { ok }', true],
    ['service() { fault }', true],
    ['service("shop/v1") { responsetime > 2 AND error }', true],
    ['service(id(name: "carts", type: "AWS::Lambda::Function")) { responsetime < 2 }', true],
    ['id(name: "carts")', true],
    ['id(type: "AWS::EC2::Instance")', false],
    ['edge("shop/v1", "carts")', true],
    ['edge("carts", "shop/v1")', false],
    ['edge("carts", "api.example.com") { fault }', true],
    ['edge(id(name: "carts"), id(type: "remote")) { responsetime = 0.5 }', true],
    ['(ok OR error) AND !(throttle)', true],
    ['ok AND error OR fault', true],
    ['ok AND (error OR fault)', false],
  ])('%s: %s', (expression, expected) => {
    expect(compileFilterExpression(expression)(facts)).toBe(expected);
  });

  it.each([
    'colour',
    'http.status = "404"',
    'http.url = 1',
    'error =',
    'responsetime CONTAINS 2',
    'service(',
    'service("a") { service("b") }',
    'edge("a")',
    'rootcause.service("a")',
    'error error',
    'user < "a"',
    '"text"',
    'id(account.id: "1")',
    `${'('.repeat(500)}ok${')'.repeat(500)}`,
    `${'!'.repeat(500)}ok`,
    'a'.repeat(3_000),
  ])('is refused: %s', (expression) => {
    expect(() => compileFilterExpression(expression)).toThrow(FilterExpressionError);
  });

  it('never brings anything else about than a refusal', () => {
    const part = fc.constantFrom(
      ...['service', 'edge', 'id', 'annotation', 'annotation.a', 'ok', 'AND', 'OR', '!', '(', ')', '{', '}', '[', ']'],
      ...['"a"', '1.5', 'true', '=', '!=', '<', ',', ':', 'name', 'CONTAINS', 'http.status', '"', '\\', ' '],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        try {
          expect(typeof compileFilterExpression(parts.join(' '))(facts)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(FilterExpressionError);
        }
      }),
    );
  });
});

describe('a trace', () => {
  it('is put together whatever ids its documents have', () => {
    const id = fc.integer({ min: 0, max: 5 }).map((number) => String(number).padStart(16, '0'));
    const segment = fc.record(
      {
        trace_id: fc.constant(ID),
        id,
        parent_id: id,
        name: fc.constant('x'),
        start_time: fc.nat(10),
        end_time: fc.nat(20),
        type: fc.constantFrom('subsegment', undefined),
        namespace: fc.constantFrom('aws', undefined),
      },
      { requiredKeys: ['trace_id', 'id', 'name', 'start_time'] },
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 8 }), (segments) => {
        const documents = segments as unknown as Segment[];
        const seen = [...walk(traceTree(documents))].map(({ node }) => node.id);
        expect(new Set(seen)).toEqual(new Set(documents.map((one) => one.id)));
        expect(seen.length).toBe(new Set(seen).size);
        traceFacts(ID, documents);
      }),
    );
  });
});
