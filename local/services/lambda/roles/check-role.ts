/** Before a function gets a role, or settings that ask more of it. */
import type { ServiceContext } from '../../../kernel/service.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import { invalidParameter } from '../errors.ts';
import type { FunctionVersion } from '../records.ts';
import { type Demand, demandsOf, destinationDemand, laterDemandsOf } from './demands.ts';
import { type AskRole, because, NOT_ASSUMABLE, type RoleVerdict } from './execution-role.ts';

export interface RoleFinding {
  readonly property: string;
  /** Lambda's own words. */
  readonly message: string;
  /** For people: reason and mending. */
  readonly advice: string;
}

export interface CheckRoleParts extends Pick<ServiceContext, 'telemetry' | 'clock'> {
  readonly askRole: AskRole;
}

type Settings = Pick<FunctionVersion, 'role' | 'vpc' | 'tracing' | 'deadLetterArn'>;

/** Everything Lambda would refuse; what it would let pass and then miss goes to the log. */
export async function checkRole(
  { askRole, telemetry, clock }: CheckRoleParts,
  settings: Settings,
  functionArn: string,
  { ofTemplate }: { readonly ofTemplate: boolean },
): Promise<readonly RoleFinding[]> {
  const demands = demandsOf(settings);
  const later = laterDemandsOf(settings);
  const actions = [...demands, ...later].map(asked);
  const verdict = await askRole({ roleArn: settings.role, functionArn, ofTemplate, actions });
  if (!verdict.Trusted) return [{ property: 'Role', message: NOT_ASSUMABLE, advice: because(verdict) }];
  const name = functionArn.slice(functionArn.lastIndexOf(':') + 1);
  const say = (message: string): void =>
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message: `${name}: ${message}` }]);
  if (verdict.Elsewhere) {
    say(`role ${settings.role} is of no stack here: what it may is not known, so it may everything here`);
  }
  for (const demand of later) {
    const denial = denialOf(demand, verdict);
    if (!denial) continue;
    say(`its role lacks ${demand.action}, which Lambda may need for its network interfaces on AWS: ${because(denial)}`);
  }
  return demands.flatMap((demand) => {
    const denial = denialOf(demand, verdict);
    return denial ? [{ property: demand.property, message: demand.refusal, advice: because(denial) }] : [];
  });
}

/** Rejects with InvalidParameterValueException for a destination that the role may not send to. */
export async function checkDestinations(
  { askRole, telemetry, clock }: CheckRoleParts,
  roleArn: string,
  functionArn: string,
  destinations: readonly (string | undefined)[],
): Promise<void> {
  const demands = destinations.flatMap((arn) => (arn === undefined ? [] : (destinationDemand(arn) ?? [])));
  if (demands.length === 0) return;
  const verdict = await askRole({ roleArn, functionArn, actions: demands.map(asked) });
  for (const demand of demands) {
    const denial = denialOf(demand, verdict);
    if (!denial) continue;
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message: `${demand.refusal}: ${because(denial)}` }]);
    throw invalidParameter(demand.refusal);
  }
}

function denialOf({ action, resource }: Demand, { Denied }: RoleVerdict) {
  return Denied.find(({ Action, Resource }) => Action === action && Resource === resource);
}

const asked = ({ action, resource }: Demand) => ({ action, resource });
