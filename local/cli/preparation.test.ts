import type { Service, ServiceDefinition } from '../kernel/index.ts';
import { callPreparation, prepareServices } from './preparation.ts';

const used = (name: string, action: string, allowed = true) => ({
  functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
  action,
  resource: '*',
  allowed,
  at: 0,
});

test('what a function called in earlier runs is loaded, each service once, and nobody hears of failures', async () => {
  const loaded: string[] = [];
  const prepare = callPreparation(
    {
      prepare: async (service) => {
        loaded.push(service);
        if (service === 'sns') throw new Error('broken');
      },
    },
    {
      permissions: () => [
        used('tickets', 'events:PutEvents'),
        used('tickets', 'secretsmanager:GetSecretValue'),
        used('tickets', 's3:GetObject', false),
        used('mailer', 'sns:Publish'),
        used('mailer', 'events:PutEvents'),
      ],
    },
  );
  await prepare('tickets');
  expect(loaded).toEqual(['events', 'secretsmanager']);
  await prepare('mailer');
  expect(loaded).toEqual(['events', 'secretsmanager', 'sns']);
});

test('what is loaded does its own ahead, whatever becomes of the others, and nothing is loaded for it', async () => {
  const prepared: string[] = [];
  const service = (name: string, prepare?: () => Promise<void>) =>
    [name, { operations: {}, providers: {}, ...(prepare && { prepare }) } as Service] as const;
  const loaded = new Map([
    service('rds', async () => {
      prepared.push('rds');
      throw new Error('broken');
    }),
    service('logs'),
    service('sqs', () => {
      throw new Error('broken at once');
    }),
    service('apigateway', async () => void prepared.push('apigateway')),
  ]);
  const definitions = ['s3', 'sqs', 'rds', 'logs', 'apigateway'].map((name) => ({ name }) as ServiceDefinition);
  await prepareServices({ definitions, loaded: (name) => loaded.get(name) });
  expect(prepared).toEqual(['rds', 'apigateway']);
});
