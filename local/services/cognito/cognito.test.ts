import { createPublicKey, verify } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { cognitoService, discoveryRoutes } from './index.ts';

describe('user pools', () => {
  let cloud: TestCloud;
  let client: CognitoIdentityProviderClient;

  beforeAll(async () => {
    const routes = [discoveryRoutes((call) => cloud.kernel.dispatch(call))].flat();
    cloud = await startTestCloud([cognitoService()], { routes });
    client = new CognitoIdentityProviderClient(cloud.client);
  });

  afterAll(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  it('sign a user in by password, with tokens that their keys verify', async () => {
    const { UserPool } = await client.send(
      new CreateUserPoolCommand({ PoolName: 'shop', AutoVerifiedAttributes: ['email'] }),
    );
    const UserPoolId = UserPool!.Id!;
    const { UserPoolClient } = await client.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'web',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      }),
    );
    const ClientId = UserPoolClient!.ClientId!;
    await client.send(new CreateGroupCommand({ UserPoolId, GroupName: 'agent' }));
    await client.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'ann',
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: 'ann@example.com' },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
    await client.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'ann', Password: 'Secret-123', Permanent: true }),
    );
    await client.send(new AdminAddUserToGroupCommand({ UserPoolId, Username: 'ann', GroupName: 'agent' }));
    const AuthParameters = { USERNAME: 'ann', PASSWORD: 'Secret-123' };
    const { AuthenticationResult } = await client.send(
      new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
    );
    await client.send(
      new AdminInitiateAuthCommand({ UserPoolId, ClientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters }),
    );
    const [header = '', payload = '', signature = ''] = AuthenticationResult!.IdToken!.split('.');
    const { keys } = (await (await fetch(`${cloud.endpoint.url}/${UserPoolId}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string }[];
    };
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const key = createPublicKey({ key: keys.find((candidate) => candidate.kid === kid)! as never, format: 'jwk' });
    expect(verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(
      true,
    );
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      email: 'ann@example.com',
      'cognito:groups': ['agent'],
      token_use: 'id',
      aud: ClientId,
    });
  });
});
