/**
 * Types that no service here runs yet, drawn with the names and ARNs that AWS would give them: policies that speak of
 * them can then be asked. Whatever a service does provide is left to it.
 */
import type { Provider, ResourceRequest, ResourceResult } from '../kernel/provider.ts';
import type { Registry } from '../kernel/registry.ts';
import type { ServiceContext, ServiceDefinition } from '../kernel/service.ts';

type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

/** Name or generated name → what `Ref` and `Fn::GetAtt` give. */
type Draw = (name: string, place: Place) => ResourceResult;

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

/** `Ref` is the ARN. */
const byArn =
  (service: string, prefix: string, nameAttribute: string, arnAttribute = 'Arn'): Draw =>
  (name, place) => {
    const arn = arnOf(place, service, `${prefix}${name}`);
    return { physicalId: arn, attributes: { [arnAttribute]: arn, [nameAttribute]: name } };
  };

const bucket: Draw = (generated, { partition, region }) => {
  const name = generated.toLowerCase();
  const host = `${name}.s3.amazonaws.com`;
  const RegionalDomainName = `${name}.s3.${region}.amazonaws.com`;
  return {
    physicalId: name,
    attributes: { Arn: `arn:${partition}:s3:::${name}`, DomainName: host, RegionalDomainName },
  };
};

const queue: Draw = (name, place) => {
  const url = `https://sqs.${place.region}.amazonaws.com/${place.accountId}/${name}`;
  return { physicalId: url, attributes: { Arn: arnOf(place, 'sqs', name), QueueName: name, QueueUrl: url } };
};

const table: Draw = (name, place) => {
  const Arn = arnOf(place, 'dynamodb', `table/${name}`);
  return { physicalId: name, attributes: { Arn, StreamArn: `${Arn}/stream/2020-01-01T00:00:00.000` } };
};

const userPool: Draw = (generated, place) => {
  const id = `${place.region}_${generated.slice(-9)}`;
  const ProviderName = `cognito-idp.${place.region}.amazonaws.com/${id}`;
  const Arn = arnOf(place, 'cognito-idp', `userpool/${id}`);
  return { physicalId: id, attributes: { Arn, UserPoolId: id, ProviderName, ProviderURL: `https://${ProviderName}` } };
};

const TYPES: Readonly<Record<string, DrawnType>> = {
  'AWS::Cognito::UserPool': { name: '', draw: userPool },
  'AWS::DynamoDB::Table': { name: 'TableName', draw: table },
  'AWS::Events::EventBus': { name: 'Name', draw: named('events', 'event-bus/') },
  'AWS::Events::Rule': { name: 'Name', draw: named('events', 'rule/') },
  'AWS::Kinesis::Stream': { name: 'Name', draw: named('kinesis', 'stream/') },
  'AWS::KinesisFirehose::DeliveryStream': { name: 'DeliveryStreamName', draw: named('firehose', 'deliverystream/') },
  'AWS::S3::Bucket': { name: 'BucketName', draw: bucket },
  'AWS::SNS::Topic': { name: 'TopicName', draw: byArn('sns', '', 'TopicName', 'TopicArn') },
  'AWS::SQS::Queue': { name: 'QueueName', draw: queue },
  'AWS::SSM::Parameter': { name: 'Name', draw: (name) => ({ physicalId: name }) },
  'AWS::StepFunctions::StateMachine': { name: 'StateMachineName', draw: byArn('states', 'stateMachine:', 'Name') },
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
    return draw(typeof given === 'string' ? given : generatedName, place);
  };
  return { create, update: create, delete() {} };
}
