/**
 * What a request has to pass before its route: the API's policy and the method's authorizer, in AWS's order. Made once
 * for each route; a route that is open to everybody has none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
import type { Caller } from '../../../kernel/caller.ts';
import type { ServiceContext } from '../../../kernel/service.ts';
import type { Policy } from '../../../policy/iam/index.ts';
import { accessDenied, decideFor, type Invocation, maskedArn } from './api-policy.ts';
import { type AskCognito, createCognitoAuthorizer } from './cognito/cognito-authorizer.ts';
import {
  type Authorizer,
  type CognitoAuthorizer,
  GRANTED,
  type LambdaAuthorizer,
  type RouteAuthorization,
  refused,
  type Verdict,
} from './contract.ts';
import type { AskSigner } from './iam-authorizer.ts';
import { readSource } from './lambda/identity-sources.ts';
import {
  type AskFunction,
  type AuthorizerOutcome,
  type AuthorizerRequest,
  createLambdaAuthorizer,
} from './lambda/lambda-authorizer.ts';

/** A request before a gate. */
export interface GateRequest extends AuthorizerRequest, Invocation {}

/** A promise only where somebody has to be asked. */
export type Gate<R extends GateRequest = GateRequest> = (request: R) => Verdict | Promise<Verdict>;

export interface GateOptions<R extends GateRequest> {
  readonly context: Pick<ServiceContext, 'dispatch' | 'clock' | 'telemetry'>;
  /** The API's own policy. */
  readonly policy: Policy | undefined;
  /** With the stage's variables filled in. */
  readonly functionArnOf: (authorizer: LambdaAuthorizer) => string;
  /** In whose name an authorizer's function is invoked. */
  readonly callerOf: (authorizer: LambdaAuthorizer) => Caller;
  readonly askSigner: AskSigner<R>;
}

export type Gates<R extends GateRequest> = (authorization: RouteAuthorization) => Gate<R> | undefined;

/** For the routes of one stage: those that share an authorizer share what it remembers. */
export function createGates<R extends GateRequest>(options: GateOptions<R>): Gates<R> {
  const { context, policy, functionArnOf, callerOf, askSigner } = options;
  const users = oncePer((authorizer: CognitoAuthorizer) => createCognitoAuthorizer(authorizer, context));
  const functions = oncePer((authorizer: LambdaAuthorizer) =>
    createLambdaAuthorizer({ ...authorizer, functionArn: functionArnOf(authorizer) }, callerOf(authorizer), context),
  );
  return (authorization) => {
    switch (authorization.kind) {
      case 'none':
        return policy && ((request) => judgeByPolicy(request, policy, GRANTED));
      case 'closed':
        return () => CLOSED;
      case 'iam':
        return askSigner;
      case 'cognito':
        return cognitoGate(authorization, users(authorization.authorizer), policy);
      case 'lambda':
        return lambdaGate(functions(authorization.authorizer), policy);
    }
  };
}

const CLOSED = refused({
  type: 'AUTHORIZER_CONFIGURATION_ERROR',
  message: null,
  execution: 'Execution failed due to configuration error: the method has an authorizer that cannot be asked',
});

/** First the user, then the policy, which has to allow it too. */
function cognitoGate(
  { authorizer, scopes }: Extract<RouteAuthorization, { kind: 'cognito' }>,
  ask: AskCognito,
  policy: Policy | undefined,
): Gate {
  return (request) => {
    const verdict = ask(readSource(authorizer.source, request), scopes);
    if (!policy) return verdict;
    const then = (asked: Verdict) => (asked.kind === 'granted' ? judgeByPolicy(request, policy, asked) : asked);
    return isPromise(verdict) ? verdict.then(then) : then(verdict);
  };
}

/** Whom the API's policy denies is not asked who it is; otherwise one of the two policies has to allow it. */
function lambdaGate(ask: AskFunction, policy: Policy | undefined): Gate {
  return (request) => {
    if (policy) {
      const before = decideFor(request, [policy]);
      if (before.kind === 'denied' && before.explicit) return deniedByPolicy(request, before);
    }
    const outcome = ask(request);
    const then = (asked: AuthorizerOutcome) => judgeAnswer(request, asked, policy);
    return isPromise(outcome) ? outcome.then(then) : then(outcome);
  };
}

function judgeAnswer(request: GateRequest, outcome: AuthorizerOutcome, policy: Policy | undefined): Verdict {
  if (outcome.kind === 'refused') return outcome;
  const { answer, latency } = outcome;
  const decision = decideFor(request, policy ? [answer.policy, policy] : [answer.policy]);
  if (decision.kind === 'denied') {
    return refused(accessDenied(decision, 'identity', 'User is not authorized to access this resource'));
  }
  const { context, principalId } = answer;
  return { kind: 'granted', authorizer: { ...context, principalId, integrationLatency: latency } };
}

function judgeByPolicy(request: GateRequest, policy: Policy, granted: Verdict): Verdict {
  const decision = decideFor(request, [policy]);
  return decision.kind === 'denied' ? deniedByPolicy(request, decision) : granted;
}

function deniedByPolicy({ methodArn }: GateRequest, decision: Parameters<typeof accessDenied>[0]): Verdict {
  const what = `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${maskedArn(methodArn)}`;
  return refused(accessDenied(decision, 'resource', what));
}

function oncePer<A extends Authorizer, T>(create: (authorizer: A) => T): (authorizer: A) => T {
  const made = new Map<string, T>();
  return (authorizer) => {
    let found = made.get(authorizer.id);
    if (found === undefined) {
      found = create(authorizer);
      made.set(authorizer.id, found);
    }
    return found;
  };
}

/** Not `instanceof`: a test's realm has another Promise. */
function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown }).then === 'function';
}
