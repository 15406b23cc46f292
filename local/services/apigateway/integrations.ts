/** `x-amazon-apigateway-integration`: Lambda proxy and mock; everything else is named as not emulated. */
import type { JsonObject } from '../../template/stack.ts';
import type { Integration, MockResponse } from './definition.ts';
import { isObject, objectAt, textAt, textsOf } from './json.ts';

/** API Gateway's own limit, and its default. Milliseconds. */
const INTEGRATION_TIMEOUT_MS = 29_000;

type Report = (message: string, at?: readonly (string | number)[]) => void;

/** Undefined, with a report, for what cannot be served. */
export function readIntegration(integration: JsonObject, report: Report): Integration | undefined {
  const type = textAt(integration, 'type')?.toLowerCase().replace('-', '_');
  if (type === 'aws_proxy') return readLambdaProxy(integration, report);
  if (type === 'mock') return readMock(integration, report);
  report(`integrations of type ${String(integration.type)} are not emulated`, ['type']);
  return undefined;
}

function readLambdaProxy(integration: JsonObject, report: Report): Integration | undefined {
  const uri = textAt(integration, 'uri') ?? '';
  const functionArn = functionArnOf(uri);
  if (!functionArn) {
    report(`the integration's uri does not name a function: ${JSON.stringify(integration.uri ?? null)}`, ['uri']);
    return undefined;
  }
  const wished = Number(integration.timeoutInMillis ?? INTEGRATION_TIMEOUT_MS);
  if (!(wished >= 50 && wished <= INTEGRATION_TIMEOUT_MS)) {
    report('Timeout should be between 50 ms and 29000 ms', ['timeoutInMillis']);
  }
  if (integration.responseTransferMode === 'STREAM') {
    report('streamed responses are not emulated: they arrive whole', ['responseTransferMode']);
  }
  const credentials = textAt(integration, 'credentials');
  if (credentials?.startsWith('arn:aws:iam::*')) {
    report("functions are not invoked with the caller's own credentials: without any", ['credentials']);
  }
  return {
    kind: 'lambda-proxy',
    functionArn,
    timeoutMs: Math.min(Math.max(wished, 50), INTEGRATION_TIMEOUT_MS),
    ...(credentials && !credentials.startsWith('arn:aws:iam::*') && { credentials }),
  };
}

/** `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations` → FUNCTION_ARN */
function functionArnOf(uri: string): string | undefined {
  return /^arn:[^:]+:apigateway:[^:]+:lambda:path\/[^/]+\/functions\/(.+)\/(?:invocations|response-streaming-invocations)$/.exec(
    uri,
  )?.[1];
}

function readMock(integration: JsonObject, report: Report): Integration {
  const templates = textsOf(objectAt(integration, 'requestTemplates'));
  const request = templates['application/json'] ?? Object.values(templates)[0] ?? '{"statusCode": 200}';
  const responses = Object.entries(objectAt(integration, 'responses')).flatMap(([selection, response]) =>
    isObject(response) ? [readMockResponse(selection, response, report)] : [],
  );
  return { kind: 'mock', responses, statusCode: statusOf(request, report) };
}

function statusOf(template: string, report: Report): number {
  const match = /"?statusCode"?\s*:\s*(\d{3})/.exec(template);
  if (!match || /#(?:if|set|foreach)|\$\w/.test(template)) {
    report('mapping templates with logic are not emulated; only {"statusCode": …} is read', ['requestTemplates']);
  }
  return Number(match?.[1] ?? 200);
}

function readMockResponse(selection: string, response: JsonObject, report: Report): MockResponse {
  const headers: Record<string, string> = {};
  for (const [target, value] of Object.entries(textsOf(objectAt(response, 'responseParameters')))) {
    const header = /^method\.response\.header\.(.+)$/.exec(target)?.[1];
    const literal = /^'([\s\S]*)'$/.exec(value)?.[1];
    if (header && literal !== undefined) headers[header] = literal;
    else
      report(`the response parameter ${target}: ${value} is not emulated`, [
        'responses',
        selection,
        'responseParameters',
      ]);
  }
  const templates = textsOf(objectAt(response, 'responseTemplates'));
  if (Object.values(templates).some((template) => /#(?:if|set|foreach)|\$\w/.test(template))) {
    report('mapping templates with logic are not emulated', ['responses', selection, 'responseTemplates']);
  }
  return {
    selection: selectionOf(selection, report),
    statusCode: Number(response.statusCode ?? 200),
    headers,
    templates,
  };
}

function selectionOf(pattern: string, report: Report): RegExp | 'default' {
  if (pattern === 'default' || pattern === '') return 'default';
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    report(`Invalid selection pattern specified: ${pattern}`, ['responses', pattern]);
    return 'default';
  }
}
