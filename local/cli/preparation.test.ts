import { callPreparation } from './preparation.ts';

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
