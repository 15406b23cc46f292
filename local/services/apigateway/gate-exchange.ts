/** A request as its gate sees it. Made for gated routes alone; what is asked of it is made when it is asked. */
import type { RequestKeys } from '../../policy/iam/index.ts';
import type { SignedGateRequest } from './authorization/iam-authorizer.ts';
import type { AuthorizerCall } from './authorization/lambda/lambda-authorizer.ts';
import { type Account, contextValue, describe, type Exchange } from './exchange.ts';
import type { HttpRequest } from './request.ts';
import type { RequestContext } from './request-context.ts';
import type { RequestHeaders } from './request-headers.ts';
import { decode } from './router.ts';

export class GateExchange implements SignedGateRequest {
  readonly request: HttpRequest;
  readonly accountId: string;
  readonly headers: RequestHeaders;
  readonly query: Readonly<Record<string, string>> | undefined;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly #exchange: Exchange;
  readonly #account: Account;
  #described: RequestContext | undefined;

  constructor(exchange: Exchange, account: Account) {
    const { request, reading, stage } = exchange;
    this.request = request;
    this.accountId = account.accountId;
    this.headers = reading.headers;
    this.query = reading.query?.single;
    this.stageVariables = stage.settings.variables;
    this.#exchange = exchange;
    this.#account = account;
  }

  beginCall(functionArn: string): AuthorizerCall {
    return this.#exchange.trace.beginAuthorizer(functionArn);
  }

  get methodArn(): string {
    const { stage, request, reading } = this.#exchange;
    return `${stage.apiArn}/${stage.settings.name}/${request.method}${reading.path}`;
  }

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-conditions.html */
  get keys(): RequestKeys {
    const { request, startedAt } = this.#exchange;
    const userAgent = this.headers.get('user-agent');
    const referer = this.headers.get('referer');
    return {
      'aws:sourceip': request.sourceIp,
      // As at every other door here: on AWS there is no other way in.
      'aws:securetransport': 'true',
      'aws:currenttime': new Date(startedAt).toISOString(),
      'aws:epochtime': String(Math.floor(startedAt / 1000)),
      ...(userAgent !== undefined && { 'aws:useragent': userAgent }),
      ...(referer !== undefined && { 'aws:referer': referer }),
    };
  }

  context(name: string): string | undefined {
    return contextValue(this.#describe(), name);
  }

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html */
  event(): object {
    const { reading, request } = this.#exchange;
    const { single, multi } = this.headers.toJson();
    return {
      resource: reading.match?.route.resource,
      path: decode(reading.path),
      httpMethod: request.method,
      headers: JSON.parse(single) as object,
      multiValueHeaders: JSON.parse(multi) as object,
      queryStringParameters: reading.query?.single ?? {},
      multiValueQueryStringParameters: reading.query?.multi ?? {},
      pathParameters: reading.match?.parameters ?? {},
      stageVariables: this.stageVariables,
      requestContext: this.#describe(),
    };
  }

  #describe(): RequestContext {
    this.#described ??= describe(this.#exchange, this.#account);
    return this.#described;
  }
}
