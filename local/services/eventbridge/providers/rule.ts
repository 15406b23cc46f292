import type { Target } from '@aws-sdk/client-eventbridge';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult, Unsupported } from '../../../kernel/provider.ts';
import type { Json } from '../../../kernel/service.ts';
import type { Rule } from '../records.ts';
import type { Room } from '../room.ts';
import { deleteRule, putRule } from '../rules.ts';
import { isApiDestination } from '../sending.ts';
import { serviceOfTarget } from '../target-call.ts';
import { putTargets } from '../targets.ts';
import { jsonText, plain } from './reading.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html */
export function ruleProvider(room: Room): Provider {
  const read = (request: ResourceRequest, generatedName: string) =>
    readProperties(request, (reader) => ({
      Name: reader.text('Name') ?? generatedName,
      EventBusName: reader.text('EventBusName'),
      Description: reader.text('Description'),
      EventPattern: jsonText(reader, 'EventPattern'),
      ScheduleExpression: reader.text('ScheduleExpression'),
      RoleArn: reader.text('RoleArn'),
      State: reader.oneOf('State', ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'] as const),
      targets: reader.objects('Targets', (target) => readTarget(target.properties)),
    }));

  function put(request: ResourceRequest, name: string): ResourceResult {
    const { targets, ...input } = read(request, name);
    return room.store.transaction(() => {
      const rule = putRule(room, input);
      return result(targets.length > 0 ? putTargets(room, { ...rule, targets: [] }, targets) : withoutTargets(rule));
    });
  }

  const withoutTargets = (rule: Rule): Rule =>
    rule.targets.length > 0 ? room.rules.put({ ...rule, targets: [] }) : rule;

  const result = ({ name, arn, bus }: Rule): ResourceResult => ({
    // On a bus of one's own the physical id has the bus too.
    physicalId: bus === 'default' ? name : `${bus}|${name}`,
    attributes: { Arn: arn },
  });

  return {
    create: (request) => put(request, request.generatedName),
    update(request, existing) {
      const before = split(existing.physicalId);
      const { Name, EventBusName } = read(request, before.name);
      const isReplaced =
        room.buses.nameOf(EventBusName) !== before.bus ||
        (Name !== before.name && request.properties['Name'] !== undefined);
      if (isReplaced) return put(request, request.replacementName);
      return put(request, before.name);
    },
    delete({ physicalId }) {
      const { bus, name } = split(physicalId);
      deleteRule(room, bus, name, { withTargets: true });
    },
    unsupported: ({ properties }) => unsupportedTargets(properties['Targets'], room),
  };
}

function split(physicalId: string): { readonly bus: string; readonly name: string } {
  const [first = '', second] = physicalId.split('|');
  return second === undefined ? { bus: 'default', name: first } : { bus: first, name: second };
}

/** Properties are named as in the API, except that numbers may have come as text. */
function readTarget(properties: Readonly<Record<string, Json>>): Target {
  const { RetryPolicy, Input, ...target } = properties;
  const policy = plain<Record<string, Json>>(RetryPolicy);
  return {
    ...(target as unknown as Target),
    ...(Input !== undefined && { Input: typeof Input === 'string' ? Input : JSON.stringify(Input) }),
    ...(policy && {
      RetryPolicy: Object.fromEntries(Object.entries(policy).map(([name, value]) => [name, Number(value)])),
    }),
  };
}

function unsupportedTargets(targets: Json | undefined, room: Room): readonly Unsupported[] {
  if (!Array.isArray(targets)) return [];
  return targets.flatMap((target, index) => {
    const arn = plain<{ Arn?: Json }>(target)?.Arn;
    if (typeof arn !== 'string' || isApiDestination(arn)) return [];
    const service = serviceOfTarget(arn);
    if (service !== undefined && room.emulates(service)) return [];
    const message = `${arn.split(':')[2] || arn} is not emulated: events of this rule do not reach it`;
    return [{ path: ['Targets', index, 'Arn'], message }];
  });
}
