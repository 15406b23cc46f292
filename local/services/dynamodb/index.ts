import type { ServiceDefinition } from '../../kernel/service.ts';

export function dynamoDbService(): ServiceDefinition {
  return {
    name: 'dynamodb',
    aliases: ['DynamoDB_20120810', 'DynamoDBStreams_20120810', 'dynamodb-streams'],
    resourceTypes: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
    load: async (context) => (await import('./service.ts')).createService(context),
  };
}

export type { WaitForRecordsInput } from './streams/operations.ts';
