import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { type AddToGroup, addToGroup } from './add-to-group.ts';
import { joinCustomers } from './handler.ts';

const SAMPLE = JSON.parse(
  readFileSync(join(process.cwd(), 'events/join-customers.json'), 'utf8'),
) as PostConfirmationTriggerEvent;

function event(triggerSource: PostConfirmationTriggerEvent['triggerSource']): PostConfirmationTriggerEvent {
  return { ...SAMPLE, triggerSource } as PostConfirmationTriggerEvent;
}

test('who has signed up becomes a customer, and Cognito gets its event back', async () => {
  const add = jest.fn<AddToGroup>().mockResolvedValue();
  const given = event('PostConfirmation_ConfirmSignUp');
  expect(await joinCustomers(add)(given)).toBe(given);
  expect(add.mock.calls).toEqual([[SAMPLE.userPoolId, SAMPLE.userName, 'customer']]);
});

test('who only has a new password stays who they are', async () => {
  const add = jest.fn<AddToGroup>();
  const given = event('PostConfirmation_ConfirmForgotPassword');
  expect(await joinCustomers(add)(given)).toBe(given);
  expect(add).not.toHaveBeenCalled();
});

test('Cognito is asked with a signature, and its refusal is not swallowed', async () => {
  let status = 200;
  const asked: { headers: Record<string, unknown>; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    asked.push({ headers: request.headers, body: JSON.parse(body) });
    response.writeHead(status).end('{"__type":"ResourceNotFoundException"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const add = addToGroup({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    });
    await add('us-east-1_AbCdEfGhI', 'ada', 'customer');
    expect(asked).toMatchObject([
      {
        headers: {
          'x-amz-target': 'AWSCognitoIdentityProviderService.AdminAddUserToGroup',
          'x-amz-security-token': 'token',
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\/\d{8}\/us-east-1\/cognito-idp\//,
          ),
        },
        body: { UserPoolId: 'us-east-1_AbCdEfGhI', Username: 'ada', GroupName: 'customer' },
      },
    ]);
    status = 400;
    await expect(add('us-east-1_AbCdEfGhI', 'ada', 'nobody')).rejects.toThrow('400: {"__type":"ResourceNotFound');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
