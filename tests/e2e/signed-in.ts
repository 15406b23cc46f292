/** The help desk's users, made as an administrator makes them, and signed in as their programs sign in. */
import { randomUUID } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  ListUserPoolClientsCommand,
  ListUserPoolsCommand,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { call, type Running } from './sampan.ts';

/** Asks by path, with a token. */
export interface SignedIn {
  readonly email: string;
  /** An ID token, as the API wants it. */
  readonly token: string;
  readonly accessToken: string;
  call(
    path: string,
    method?: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): ReturnType<typeof call>;
}

export type Group = 'agent' | 'customer';

/** An agent unless said otherwise; without a group it is somebody who may do nothing. */
export async function signIn(
  running: Running,
  { email = 'grace@example.com', group = 'agent' }: { readonly email?: string; readonly group?: Group | 'none' } = {},
): Promise<SignedIn> {
  const users = await userPoolOf(running);
  try {
    const password = await users.make(email, group === 'none' ? [] : [group]);
    const { idToken, accessToken } = await users.tokens(email, password);
    return {
      email,
      token: idToken,
      accessToken,
      call: (path, method, body, headers = {}) =>
        call(`${running.apiUrl}${path}`, method, body, { Authorization: idToken, ...headers }),
    };
  } finally {
    users.close();
  }
}

export interface UserPool {
  readonly poolId: string;
  readonly clientId: string;
  readonly cognito: CognitoIdentityProviderClient;
  /** Makes the user, or gives it a new password; answers the password. */
  make(email: string, groups: readonly Group[]): Promise<string>;
  tokens(email: string, password: string, clientId?: string): Promise<{ idToken: string; accessToken: string }>;
  close(): void;
}

/** The stack's own unless said otherwise: it is the only one after the start. */
export async function userPoolOf({ awsUrl }: Pick<Running, 'awsUrl'>, id?: string): Promise<UserPool> {
  const cognito = new CognitoIdentityProviderClient({
    endpoint: awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const UserPoolId =
    id ?? ((await cognito.send(new ListUserPoolsCommand({ MaxResults: 1 }))).UserPools?.[0]?.Id as string);
  const { UserPoolClients: [client] = [] } = await cognito.send(new ListUserPoolClientsCommand({ UserPoolId }));
  const ownClient = client?.ClientId as string;
  return {
    poolId: UserPoolId,
    clientId: ownClient,
    cognito,
    async make(email, groups) {
      const user = { UserPoolId, Username: email };
      const UserAttributes = [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ];
      await cognito
        .send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }))
        .catch((error) => {
          if (!(error instanceof UsernameExistsException)) throw error;
        });
      const password = `Aa1!${randomUUID()}`;
      await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
      for (const GroupName of groups) await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName }));
      return password;
    },
    async tokens(email, password, ClientId = ownClient) {
      const { AuthenticationResult } = await cognito.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: email, PASSWORD: password },
        }),
      );
      const { IdToken = '', AccessToken = '' } = AuthenticationResult ?? {};
      return { idToken: IdToken, accessToken: AccessToken };
    },
    close: () => cognito.destroy(),
  };
}
