/** What this room's tests share: a real endpoint, the SDK's client, and functions that stand for Lambda's. */
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Caller } from '../../kernel/caller.ts';
import type { ServiceDefinition } from '../../kernel/service.ts';
import { cognitoService, discoveryRoutes, type Message } from './index.ts';

// biome-ignore lint/suspicious/noExplicitAny: the events of ten triggers; the test says what it expects
export type Event = any;

/** Gives back the event, filled, or throws what the function would. */
export type Handler = (event: Event) => Event | Promise<Event>;

export interface Fixture extends AsyncDisposable {
  readonly cloud: TestCloud;
  readonly client: CognitoIdentityProviderClient;
  /** By function ARN. */
  readonly functions: Map<string, Handler>;
  /** Who invoked. */
  readonly callers: Caller[];
  pool(settings?: Partial<CreateUserPoolCommandInput>): Promise<string>;
  app(
    UserPoolId: string,
    settings?: Partial<CreateUserPoolClientCommandInput>,
  ): Promise<{ id: string; secret?: string }>;
  /** A confirmed user with a verified address. */
  user(UserPoolId: string, username: string, password?: string): Promise<void>;
  messages(): Promise<readonly Message[]>;
  /** Of the last mail or text message. */
  lastCode(): Promise<string>;
}

export const PASSWORD = 'Secret-123';

export async function openFixture(): Promise<Fixture> {
  const functions = new Map<string, Handler>();
  const callers: Caller[] = [];
  // The routes come before the cloud they ask.
  let cloud: TestCloud | undefined;
  const routes = discoveryRoutes((call) => cloud!.kernel.dispatch(call));
  cloud = await startTestCloud([cognitoService(), lambda(functions, callers)], { routes });
  const { kernel } = cloud;
  const client = new CognitoIdentityProviderClient(cloud.client);
  const messages = async () => {
    const { Messages } = (await kernel.dispatch({
      caller: { kind: 'internal', service: 'test' },
      service: 'cognito-idp',
      operation: 'ListMessages',
      input: {},
    })) as { Messages: readonly Message[] };
    return Messages;
  };
  return {
    cloud,
    client,
    functions,
    callers,
    async pool(settings = {}) {
      const { UserPool } = await client.send(new CreateUserPoolCommand({ PoolName: 'shop', ...settings }));
      return UserPool?.Id ?? '';
    },
    async app(UserPoolId, settings = {}) {
      const { UserPoolClient } = await client.send(
        new CreateUserPoolClientCommand({
          UserPoolId,
          ClientName: 'web',
          ExplicitAuthFlows: [
            'ALLOW_USER_PASSWORD_AUTH',
            'ALLOW_USER_SRP_AUTH',
            'ALLOW_ADMIN_USER_PASSWORD_AUTH',
            'ALLOW_REFRESH_TOKEN_AUTH',
            'ALLOW_CUSTOM_AUTH',
          ],
          ...settings,
        }),
      );
      return { id: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret };
    },
    async user(UserPoolId, Username, Password = PASSWORD) {
      const UserAttributes = [
        { Name: 'email', Value: `${Username}@example.com` },
        { Name: 'email_verified', Value: 'true' },
      ];
      await client.send(
        new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }),
      );
      await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
    },
    messages,
    lastCode: async () => (await messages()).at(-1)?.code ?? '',
    async [Symbol.asyncDispose]() {
      client.destroy();
      await cloud![Symbol.asyncDispose]();
    },
  };
}

function lambda(functions: Map<string, Handler>, callers: Caller[]): ServiceDefinition {
  return {
    name: 'lambda',
    resourceTypes: [],
    load: async () => ({
      operations: {
        Invoke: {
          requires: () => [],
          async handle({ FunctionName, Payload }: { FunctionName: string; Payload: Uint8Array }, { principal }) {
            callers.push(principal as Caller);
            const handler = functions.get(FunctionName);
            if (!handler) throw new AwsError('ResourceNotFoundException', `Function not found: ${FunctionName}`);
            try {
              const answer = await handler(JSON.parse(Buffer.from(Payload).toString()));
              return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(answer ?? null)) };
            } catch (error) {
              const { name, message } = error as Error;
              const told = JSON.stringify({ errorType: name, errorMessage: message });
              return { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from(told) };
            }
          },
        },
      },
      providers: {},
    }),
  };
}

export function claimsOf(token: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString());
}

/** What a call is refused with, as `CODE: message`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
  return 'it was answered';
}
