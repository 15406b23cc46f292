/** Under which names the service of a request may be known, the surest first. */

import type { HttpRequest } from './http-message.ts';
import type { Authorization } from './sigv4.ts';

/** What the path says, for requests nobody signed. */
const PATHS: readonly (readonly [RegExp, string])[] = [
  [/^\/\d{4}-\d{2}-\d{2}\/(functions|layers|event-source-mappings|tags|account-settings)(\/|$)/, 'lambda'],
  [/^\/service\/([^/]+)\/operation\//, 'smithy'],
];

/**
 * Credential scope (`secretsmanager`), then `X-Amz-Target`'s prefix (`Logs_20140328`), then the host's first label
 * (`secretsmanager.us-east-1.amazonaws.com`), then the path.
 */
export function serviceNames(request: HttpRequest, authorization: Authorization | undefined): string[] {
  const names: (string | undefined)[] = [
    authorization?.scope.service ?? claimedService(request),
    request.headers['x-amz-target']?.split('.').slice(0, -1).join('.'),
    serviceOfHost(request.headers['host'] ?? ''),
    serviceOfPath(request.path),
    // At a queue's own URL, as a browser or curl asks.
    /^\/\d{12}\/[^/]+\/?$/.test(request.path) && request.query.some(([name]) => name === 'Action') ? 'sqs' : undefined,
  ];
  return [...new Set(names.filter((name): name is string => Boolean(name)))];
}

/** What half a signature still says. */
function claimedService({ headers, query }: HttpRequest): string | undefined {
  const credential =
    /^AWS4-.*?Credential=([^,\s]*)/.exec(headers['authorization'] ?? '')?.[1] ??
    query.find(([name]) => name === 'X-Amz-Credential')?.[1];
  return credential?.split('/').at(-2);
}

/** The service label of AWS's host names; regions and virtual-hosted buckets stand before or after it. */
export function serviceOfHost(host: string): string | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, '');
  const match = /^(.+?)\.(?:api\.aws|amazonaws\.com(?:\.cn)?)$/.exec(name);
  if (!match) return undefined;
  const labels = match[1]!.split('.').filter((label) => label !== 'dualstack' && label !== 'vpce');
  const region = labels.findIndex((label) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(label));
  return region > 0 ? labels[region - 1] : labels.at(-1);
}

function serviceOfPath(path: string): string | undefined {
  for (const [pattern, service] of PATHS) {
    const match = pattern.exec(path);
    if (match) return service === 'smithy' ? match[1] : service;
  }
  return undefined;
}
