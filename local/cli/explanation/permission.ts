/** May the function do it? With every policy that has a say, and every statement of each. */
import type { Principal } from '../../kernel/caller.ts';
import { roleSession } from '../../kernel/identities.ts';
import type { CallContext, Requirement } from '../../kernel/service.ts';
import type { EvaluationStep, StatementRef } from '../../policy/iam/contract.ts';
import { explain, POLICY_NAMES } from '../../policy/iam/index.ts';
import { endpointOfCall } from '../../policy/network/index.ts';
import type { DrawnCloud } from '../drawn-cloud.ts';
import { linesOf } from './lines.ts';
import type { AskedFunction } from './subject.ts';
import type { Mark, Tree } from './tree.ts';
import { explainWay, reach, type WayExplanation, wayTree } from './way.ts';

/** As `--format json` prints it. */
export interface PermissionExplanation {
  readonly function: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  /** Which part of the evaluation denied it. */
  readonly deniedBy?: EvaluationStep['kind'];
  /** One sentence, with the place in the template. */
  readonly because: string;
  readonly remedy?: string;
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
  readonly steps: readonly {
    readonly kind: EvaluationStep['kind'];
    readonly outcome: EvaluationStep['outcome'];
    readonly note: string;
    readonly statements: readonly {
      readonly policy: string;
      readonly statement: string;
      readonly effect: 'Allow' | 'Deny';
      readonly applies: boolean;
      readonly because: string;
      readonly at?: string;
    }[];
  }[];
  /** How its code gets to the service; absent for what Lambda itself does in the function's role. */
  readonly way?: WayExplanation;
}

/**
 * What the Lambda service does in a function's role from its own network: no code of the function has to get there.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
 */
const DONE_BY_LAMBDA =
  /^(logs:(CreateLogGroup|CreateLogStream|PutLogEvents)|xray:Put\w+|ec2:(\w*NetworkInterfaces?|\w*PrivateIpAddresses|DescribeSubnets))$/;

export async function explainPermission(
  cloud: DrawnCloud,
  by: AskedFunction,
  requirement: Requirement,
): Promise<PermissionExplanation> {
  const { action, resource } = requirement;
  const [service = '', operation = ''] = action.split(':');
  const to = { kind: 'aws-service', service: endpointOfCall(service, operation), port: 443 } as const;
  const byLambda = DONE_BY_LAMBDA.test(action);
  const verdict = byLambda ? undefined : reach(cloud, by, to);
  const principal = sessionOf(cloud, by);
  const call: CallContext & { service: string; operation: string } = {
    principal,
    origin: { kind: 'environment', environmentId: 'explain', functionArn: by.arn, placement: by.placement },
    requestId: 'explain',
    service,
    operation,
    ...(verdict?.kind === 'yes' && { path: verdict }),
  };
  const { request, policies } = await cloud.authorization.gather(principal, requirement, call);
  const { decision, steps } = explain(request, policies);
  const told = await cloud.authorization.may(principal, requirement, call);
  const lines = linesOf(cloud);
  return {
    function: by.logicalId,
    principal: principal.arn,
    action,
    resource,
    allowed: decision.kind === 'allowed',
    ...(decision.kind === 'denied' && { deniedBy: decision.explicit ? 'explicit-deny' : decision.by }),
    because: told.kind === 'denied' ? told.because : withLine(decision.because, decision.deciding),
    ...(told.kind === 'denied' && told.remedy !== undefined && { remedy: told.remedy }),
    keys: request.keys,
    steps: steps.map(({ kind, outcome, note, statements }) => ({
      kind,
      outcome,
      note,
      statements: statements.map(({ ref, effect, applies, because }) => {
        const at = lineOf(ref);
        return {
          policy: ref.source.name,
          statement: ref.sid ?? String(ref.index + 1),
          effect,
          applies,
          because,
          ...(at !== undefined && { at }),
        };
      }),
    })),
    ...(!byLambda && { way: explainWay(cloud, by, to) }),
  };

  function lineOf({ source, index }: StatementRef): string | undefined {
    return lines(source.place && { ...source.place, path: [...source.place.path, 'Statement', index] });
  }

  function withLine(text: string, deciding: StatementRef | undefined): string {
    const line = deciding && lineOf(deciding);
    return line ? `${text}, ${line}` : text;
  }
}

/** As Lambda names the session: by the function. */
function sessionOf(cloud: DrawnCloud, { roleArn, name, arn }: AskedFunction): Principal & { readonly arn: string } {
  return { ...roleSession(cloud.stack.pseudo, roleArn, name), functionArn: arn, issuedAt: cloud.kernel.clock.now() };
}

const NAMES: Readonly<Record<EvaluationStep['kind'], string>> = {
  'explicit-deny': 'explicit denies',
  ...POLICY_NAMES,
};

export function permissionTree(told: PermissionExplanation): Tree {
  const { allowed, action, resource, because, remedy, steps, way } = told;
  const verdict: Mark = allowed ? 'yes' : 'no';
  return {
    mark: verdict,
    text: `${told.function} ${allowed ? 'may' : 'may not'} do ${action} on ${resource}\nas ${told.principal}`,
    children: [
      ...steps.map((step): Tree => {
        const { kind, note, statements } = step;
        return { mark: markOf(step, told), text: `${NAMES[kind]}: ${note}`, children: statements.map(statementTree) };
      }),
      ...(way ? [{ ...wayTree(way), text: `the way: ${wayTree(way).text}` }] : []),
      { mark: verdict, text: because },
      ...(remedy === undefined ? [] : [{ text: remedy }]),
    ],
  };
}

type Step = PermissionExplanation['steps'][number];

function markOf({ kind, outcome }: Step, { deniedBy }: PermissionExplanation): Mark {
  if (kind === deniedBy) return 'no';
  return outcome === 'allow' || kind === 'explicit-deny' ? 'yes' : 'none';
}

function statementTree({ effect, statement, policy, applies, because, at }: Step['statements'][number]): Tree {
  const mark = applies ? (effect === 'Allow' ? 'yes' : 'no') : 'none';
  return { mark, text: `${effect} ${statement} of ${policy}: ${because}`, at };
}
