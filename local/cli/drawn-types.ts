/**
 * Types that no service here runs yet, drawn with the names and ARNs that AWS would give them: policies that speak of
 * them can then be asked. Whatever a service does provide is left to it.
 */
import { createHash } from 'node:crypto';
import type { Provider, ResourceRequest, ResourceResult } from '../kernel/provider.ts';
import type { Registry } from '../kernel/registry.ts';
import type { ServiceContext, ServiceDefinition } from '../kernel/service.ts';
import type { JsonObject } from '../template/stack.ts';

type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

/** Name or generated name → what `Ref` and `Fn::GetAtt` give. */
type Draw = (name: string, place: Place, properties: JsonObject) => ResourceResult;

interface DrawnType {
  /** The property that names it. */
  readonly name: string;
  readonly draw: Draw;
}

const arnOf = ({ partition, region, accountId }: Place, service: string, resource: string): string =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;

/** `Ref` is the name, `Arn` the ARN. */
const named =
  (service: string, prefix = ''): Draw =>
  (name, place) => ({ physicalId: name, attributes: { Arn: arnOf(place, service, `${prefix}${name}`) } });

/** A changed definition is another revision. */
const stateMachine: Draw = (name, place, properties) => {
  const arn = arnOf(place, 'states', `stateMachine:${name}`);
  const StateMachineRevisionId = createHash('sha256').update(JSON.stringify(properties)).digest('hex').slice(0, 32);
  return { physicalId: arn, attributes: { Arn: arn, Name: name, StateMachineRevisionId } };
};

const TYPES: Readonly<Record<string, DrawnType>> = {
  'AWS::Kinesis::Stream': { name: 'Name', draw: named('kinesis', 'stream/') },
  'AWS::KinesisFirehose::DeliveryStream': { name: 'DeliveryStreamName', draw: named('firehose', 'deliverystream/') },
  'AWS::StepFunctions::StateMachine': { name: 'StateMachineName', draw: stateMachine },
};

/** Adds what the registry has no provider for. */
export function addDrawnTypes(registry: Registry): void {
  const missing = Object.entries(TYPES).filter(([type]) => !registry.forResourceType(type));
  registry.add(drawnTypes(missing));
}

function drawnTypes(types: readonly (readonly [string, DrawnType])[]): ServiceDefinition {
  return {
    name: 'drawn-types',
    resourceTypes: types.map(([type]) => type),
    load: async (context) => ({
      operations: {},
      providers: Object.fromEntries(types.map(([type, drawn]) => [type, provider(drawn, context)])),
    }),
  };
}

function provider({ name, draw }: DrawnType, place: Place): Provider {
  const create = ({ properties, generatedName }: ResourceRequest): ResourceResult => {
    const given = properties[name];
    return draw(typeof given === 'string' ? given : generatedName, place, properties);
  };
  return { create, update: create, delete() {} };
}
