/** What each type's `Ref` and `GetAtt` give. */
import { randomUUID } from 'node:crypto';
import type { ResourceRequest } from '../../kernel/provider.ts';
import type { Json, ServiceContext } from '../../kernel/service.ts';

export interface DataType {
  /** A new resource's id. */
  readonly id: (request: ResourceRequest, generatedName: string) => string;
  readonly attributes: (id: string, request: ResourceRequest, place: Place) => Readonly<Record<string, Json>>;
  /** Properties whose change makes a new resource. */
  readonly replacedBy: readonly string[];
  readonly required: readonly string[];
  /** What is missing here, in the words of somebody who asks for it. */
  readonly effect: string;
}

export type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

const named = (property: string) => (request: ResourceRequest, generatedName: string) => {
  const name = request.properties[property];
  return typeof name === 'string' ? name : generatedName;
};

export const DATA_TYPES: Readonly<Record<string, DataType>> = {
  'AWS::Logs::MetricFilter': {
    id: named('FilterName'),
    attributes: () => ({}),
    replacedBy: ['FilterName', 'LogGroupName'],
    required: ['FilterPattern', 'LogGroupName', 'MetricTransformations'],
    effect: 'no metric is made of log lines',
  },
  'AWS::Logs::SubscriptionFilter': {
    id: named('FilterName'),
    attributes: () => ({}),
    replacedBy: ['FilterName', 'LogGroupName'],
    required: ['DestinationArn', 'FilterPattern', 'LogGroupName'],
    effect: 'no log line is passed on',
  },
  'AWS::Logs::ResourcePolicy': {
    id: named('PolicyName'),
    attributes: () => ({}),
    replacedBy: ['PolicyName'],
    required: ['PolicyDocument', 'PolicyName'],
    effect: 'the policy is not asked',
  },
  'AWS::Logs::QueryDefinition': {
    id: () => randomUUID(),
    attributes: (id) => ({ QueryDefinitionId: id }),
    replacedBy: [],
    required: ['Name', 'QueryString'],
    effect: 'queries are not run',
  },
};
