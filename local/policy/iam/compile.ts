/** Documents made ready to be asked. Each is compiled once: the result hangs on the document itself. */
import { type Matcher, resourceMatcher } from './arn.ts';
import { type Condition, compileConditions } from './condition.ts';
import type { AuthorizationRequest, Policy, StatementRef } from './contract.ts';
import type { PolicyDocument, Statement } from './document.ts';
import { compilePrincipal, DIRECTLY, type Naming, NOT_NAMED, type PrincipalMatcher } from './principal.ts';
import { compileGlob, type Glob, matchesGlob } from './wildcard.ts';

export interface CompiledStatement {
  readonly index: number;
  readonly source: Statement;
  readonly isDeny: boolean;
  readonly actions: readonly Glob[];
  readonly notAction: boolean;
  /** Absent in trust policies, and in policies that have no choice of resource. */
  readonly resources?: readonly Matcher[];
  readonly notResource: boolean;
  readonly principal?: PrincipalMatcher;
  readonly conditions: readonly Condition[];
}

const compiled = new WeakMap<PolicyDocument, readonly CompiledStatement[]>();

/** Documents are never changed in place: a changed policy is another document. */
export function compile(document: PolicyDocument): readonly CompiledStatement[] {
  let statements = compiled.get(document);
  if (!statements) {
    const variables = document.Version === '2012-10-17';
    statements = document.Statement.map((statement, index) => compileStatement(statement, index, variables));
    compiled.set(document, statements);
  }
  return statements;
}

function compileStatement(statement: Statement, index: number, variables: boolean): CompiledStatement {
  const { Action, NotAction, Resource, NotResource } = statement;
  const resources = Resource ?? NotResource;
  const principal = compilePrincipal(statement);
  return {
    index,
    source: statement,
    isDeny: statement.Effect === 'Deny',
    actions: (Action ?? NotAction ?? []).map((pattern) => compileGlob(pattern.toLowerCase())),
    notAction: Action === undefined,
    ...(resources && { resources: resources.map((pattern) => resourceMatcher(pattern, variables)) }),
    notResource: Resource === undefined,
    ...(principal && { principal }),
    conditions: compileConditions(statement.Condition, variables),
  };
}

/** Why a statement has nothing to say on a request. */
export type Mismatch = 'action' | 'resource' | 'principal' | Condition;

/** A request, and what statements have to know besides it. */
export interface Question {
  readonly request: AuthorizationRequest;
  /** The request's, in lower case. */
  readonly action: string;
  readonly hasBoundary: boolean;
}

export function questionOf(request: AuthorizationRequest, hasBoundary: boolean): Question {
  return { request, action: request.action.toLowerCase(), hasBoundary };
}

/** The first part of a statement that does not fit, or undefined when all do. Allocates nothing. */
export function mismatch(statement: CompiledStatement, question: Question): Mismatch | undefined {
  const { request } = question;
  if (!matchesAction(statement, question.action)) return 'action';
  if (!matchesResource(statement, request)) return 'resource';
  if (namingOf(statement, question) === NOT_NAMED) return 'principal';
  for (const condition of statement.conditions) {
    if (!condition.holds(request.keys)) return condition;
  }
  return undefined;
}

/** How the statement names the requester; an identity's own policy is about it directly. */
export function namingOf({ principal }: CompiledStatement, { request, hasBoundary }: Question): Naming {
  return principal ? principal(request.requester, hasBoundary) : DIRECTLY;
}

function matchesAction({ actions, notAction }: CompiledStatement, action: string): boolean {
  for (const glob of actions) {
    if (matchesGlob(glob, action)) return !notAction;
  }
  return notAction;
}

/** A variable without a value fits neither Resource nor NotResource. */
function matchesResource({ resources, notResource }: CompiledStatement, request: AuthorizationRequest): boolean {
  if (!resources) return true;
  for (const matches of resources) {
    const result = matches(request.resource, request.keys);
    if (result === undefined && notResource) return false;
    if (result) return !notResource;
  }
  return notResource;
}

export function refOf(policy: Policy, { index, source }: CompiledStatement): StatementRef {
  return { source: policy.source, index, ...(source.Sid !== undefined && { sid: source.Sid }) };
}
