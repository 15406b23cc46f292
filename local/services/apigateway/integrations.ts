/** `x-amazon-apigateway-integration`: Lambda proxy and mock; everything else is named as not emulated. */
import type { JsonObject } from '../../template/stack.ts';
import type { Integration, MockResponse } from './definition.ts';
import { readFunctionUri } from './function-uri.ts';
import { isObject, objectAt, textAt, textsOf } from './json.ts';

/** API Gateway's own limit, and its default. Milliseconds. */
const INTEGRATION_TIMEOUT_MS = 29_000;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html */
const STREAM_TIMEOUT_MS = 900_000;

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
  const named = readFunctionUri(uri);
  if (!named) {
    report(`the integration's uri does not name a function: ${JSON.stringify(integration.uri ?? null)}`, ['uri']);
    return undefined;
  }
  const responseTransferMode = transferModeOf(integration, report);
  const isStreamed = responseTransferMode === 'STREAM';
  const longest = isStreamed ? STREAM_TIMEOUT_MS : INTEGRATION_TIMEOUT_MS;
  const wished = Number(integration.timeoutInMillis ?? INTEGRATION_TIMEOUT_MS);
  if (!(wished >= 50 && wished <= longest)) {
    report(`Timeout should be between 50 ms and ${longest} ms`, ['timeoutInMillis']);
  }
  const { functionArn, invocation } = named;
  if (isStreamed !== (invocation === 'streamed')) report(MISFITS[responseTransferMode], ['uri']);
  const credentials = textAt(integration, 'credentials');
  if (credentials?.startsWith('arn:aws:iam::*')) {
    report("functions are not invoked with the caller's own credentials: without any", ['credentials']);
  }
  return {
    kind: 'lambda-proxy',
    functionArn,
    invocation,
    responseTransferMode,
    timeoutMs: Math.min(Math.max(wished, 50), longest),
    ...(credentials && !credentials.startsWith('arn:aws:iam::*') && { credentials }),
  };
}

/** How each transfer mode and the other's uri make an answer that is none. */
const MISFITS = {
  STREAM:
    'a streamed response needs the uri …/2021-11-15/functions/ARN/response-streaming-invocations: callers get 502',
  BUFFERED: 'this uri needs responseTransferMode STREAM: callers get 502',
} as const;

function transferModeOf(integration: JsonObject, report: Report): 'BUFFERED' | 'STREAM' {
  const mode = textAt(integration, 'responseTransferMode')?.toUpperCase() ?? 'BUFFERED';
  if (mode === 'STREAM' || mode === 'BUFFERED') return mode;
  report(`Invalid response transfer mode: ${mode}`, ['responseTransferMode']);
  return 'BUFFERED';
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
