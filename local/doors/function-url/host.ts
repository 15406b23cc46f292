/** The host names of function URLs: AWS's own, and one that leads to this machine wherever names are looked up. */

export interface FunctionUrlHost {
  readonly urlId: string;
  readonly region: string;
  /** As the client called it, lower case, without the port. */
  readonly domainName: string;
}

const HOST = /^([a-z0-9]+)\.lambda-url\.([a-z0-9-]+)\.(?:on\.aws|localhost)$/;

/** Undefined for every other `Host` header. */
export function functionUrlHost(host = ''): FunctionUrlHost | undefined {
  // Asked of every request to the endpoint.
  if (!host.toLowerCase().includes('.lambda-url.')) return undefined;
  const domainName = host.toLowerCase().replace(/\.?(?::\d+)?$/, '');
  const match = HOST.exec(domainName);
  return match ? { urlId: match[1] as string, region: match[2] as string, domainName } : undefined;
}

/** `*.localhost` is loopback for browsers, curl and most resolvers, so this URL can be opened as it is. */
export function localFunctionUrl(urlId: string, region: string, port: number): string {
  return `http://${urlId}.lambda-url.${region}.localhost:${port}/`;
}
