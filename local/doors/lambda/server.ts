/**
 * An endpoint of Lambda alone, as `sam local start-lambda` opens one: to invoke needs no signature, and functions are
 * known by the names the template gives them too. Everything else about a request is the AWS endpoint's matter.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen } from '../listen.ts';

export interface LambdaDoorOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The function's name as Lambda has it; undefined when this door does not serve it. */
  readonly resolve: (name: string) => string | undefined;
  /** The AWS endpoint's own way with a request. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, unsigned: ReadonlySet<string>) => void;
}

export interface LambdaDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** `/2015-03-31/functions/NAME/…`; NAME may be an ARN. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const FUNCTION_PATH = /^(\/\d{4}-\d{2}-\d{2}\/functions\/)([^/?]+)(.*)$/s;

/** No more than `sam local start-lambda` has: what makes functions could be sent by any web page that is open here. */
const UNSIGNED: ReadonlySet<string> = new Set(['Invoke', 'InvokeWithResponseStream']);

/** The last name in `name`, `account:function:name` or an ARN, with what stands around it. */
const FUNCTION_NAME = /^((?:.*:)?function:)?([^:]+)(:[^:]+)?$/;

/** Rejects with `PortInUse`. */
export async function openLambdaDoor(options: LambdaDoorOptions): Promise<LambdaDoor> {
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 300_000 }, (request, response) => {
    const led = lead(request.url ?? '/', options.resolve);
    if (led.kind === 'refused') return refuse(response, led.name);
    request.url = led.url;
    options.handle(request, response, UNSIGNED);
  });
  const port = await listen(server, { ...options, flag: '--port' });
  return { port, close: () => close(server) };
}

type Led = { readonly kind: 'led'; readonly url: string } | { readonly kind: 'refused'; readonly name: string };

/** The URL with the function's own name in it. Exported for its test. */
export function lead(url: string, resolve: LambdaDoorOptions['resolve']): Led {
  const [, before, encoded, after] = FUNCTION_PATH.exec(url) ?? [];
  if (before === undefined || encoded === undefined) return { kind: 'led', url };
  let given: string;
  try {
    given = decodeURIComponent(encoded);
  } catch {
    return { kind: 'led', url };
  }
  const [, prefix = '', name, qualifier = ''] = FUNCTION_NAME.exec(given) ?? [];
  if (name === undefined) return { kind: 'led', url };
  const known = resolve(name);
  if (known === undefined) return { kind: 'refused', name };
  return { kind: 'led', url: `${before}${encodeURIComponent(`${prefix}${known}${qualifier}`)}${after}` };
}

function refuse(response: ServerResponse, name: string): void {
  const body = JSON.stringify({ Type: 'User', Message: `Function not found: ${name} is not served here` });
  response
    .writeHead(404, { 'content-type': 'application/json', 'x-amzn-errortype': 'ResourceNotFoundException' })
    .end(body);
}
