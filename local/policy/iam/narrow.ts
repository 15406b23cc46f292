/** Statements with wildcards, narrowed to what was used. */
import { compile, mismatch, questionOf } from './compile.ts';
import type { Statement } from './document.ts';

export interface Used {
  readonly action: string;
  /** ARN, or `*` for an action that has no resource. */
  readonly resource: string;
}

/**
 * The statements that allow what was used and no more than the given one; undefined when it has no wildcard that could
 * be narrowed, an empty list when nothing of it was used. What is listed without a wildcard stays, used or not. Actions
 * without a resource get a statement of their own, as `Resource: "*"` would give the others everything.
 */
export function narrow(statement: Statement, used: readonly Used[]): readonly Statement[] | undefined {
  const { Action, Resource } = statement;
  if (statement.Effect !== 'Allow' || !Action || !Resource) return undefined;
  const wideActions = Action.some(isWide);
  const wideResources = Resource.some(isWide);
  if (!wideActions && !wideResources) return undefined;
  const fitting = used.filter((use) => allows(statement, use));
  if (fitting.length === 0) return [];
  const groups = [
    fitting.filter(({ resource }) => resource !== '*'),
    fitting.filter(({ resource }) => resource === '*'),
  ];
  const narrowed = groups
    .filter((group) => group.length > 0)
    .map(
      (group): Statement => ({
        ...statement,
        Action: wideActions ? unique(group.map(({ action }) => action)) : Action,
        Resource: wideResources ? unique(group.map(({ resource }) => ofItsKind(resource))) : Resource,
      }),
    );
  const same = narrowed.length === 1 && narrowed[0] && equal(narrowed[0], statement);
  if (same) return undefined;
  // One Sid cannot name two statements.
  return narrowed.map((one, index) =>
    index === 0 || one.Sid === undefined ? one : { ...one, Sid: `${one.Sid}${index + 1}` },
  );
}

const isWide = (pattern: string): boolean => /[*?]/.test(pattern);

const unique = (values: readonly string[]): string[] => [...new Set(values)].toSorted();

const equal = (a: Statement, b: Statement): boolean =>
  String(a.Action) === String([...(b.Action ?? [])].toSorted()) &&
  String(a.Resource) === String([...(b.Resource ?? [])].toSorted());

/** By action and resource: whom it is about and its conditions stay as they are. */
function allows({ Effect, Action = [], Resource = [] }: Statement, { action, resource }: Used): boolean {
  const [compiled] = compile({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource }] });
  const request = { requester: { kind: 'anonymous' }, action, resource, resourceAccountId: '', keys: {} } as const;
  return compiled !== undefined && mismatch(compiled, questionOf(request, false)) === undefined;
}

/** What comes and goes by itself is not named one by one: objects in a bucket, streams in a log group, executions. */
function ofItsKind(arn: string): string {
  const [, , service = '', , , ...rest] = arn.split(':');
  if (service === 's3' && arn.includes('/')) return `${arn.slice(0, arn.indexOf('/'))}/*`;
  if (service === 'logs' && rest[0] === 'log-group' && rest.length > 2)
    return `${arn.split(':').slice(0, 7).join(':')}:*`;
  if (service === 'states' && (rest[0] === 'execution' || rest[0] === 'express')) {
    return `${arn.split(':').slice(0, 7).join(':')}:*`;
  }
  return arn;
}
