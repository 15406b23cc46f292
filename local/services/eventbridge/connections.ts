/**
 * How API destinations sign in. What is secret is kept in Secrets Manager, as AWS does, and nowhere else.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
 */
import { randomUUID } from 'node:crypto';
import type {
  ConnectionHttpParameters,
  CreateConnectionAuthRequestParameters,
  CreateConnectionRequest,
  DeauthorizeConnectionRequest,
  DeleteConnectionRequest,
  DescribeConnectionRequest,
  ListConnectionsRequest,
  UpdateConnectionRequest,
} from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Collection, Operation } from '../../kernel/index.ts';
import { alreadyExists, limitExceeded, notFound, validationError } from './errors.ts';
import { page } from './paging.ts';
import { arnOf, EVENTS, type Room, type With } from './room.ts';

export type AuthorizationType = 'BASIC' | 'API_KEY' | 'OAUTH_CLIENT_CREDENTIALS';

export interface Connection {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly type: AuthorizationType;
  readonly state: 'AUTHORIZED' | 'DEAUTHORIZED';
  readonly secretArn?: string;
  /** What may be shown of it. */
  readonly shown: object;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** With everything secret. */
export type AuthParameters = CreateConnectionAuthRequestParameters;

type Create = With<CreateConnectionRequest, 'Name' | 'AuthorizationType' | 'AuthParameters'>;
type Update = With<UpdateConnectionRequest, 'Name'>;

export interface Connections {
  find(nameOrArn: string): Connection | undefined;
  create(input: Create): Promise<Connection>;
  update(input: Update): Promise<Connection>;
  delete(name: string): Promise<void>;
  /** Rejects when it is not authorized, or its secret has gone. */
  secretsOf(connection: Connection): Promise<AuthParameters>;
  readonly operations: Record<string, Operation>;
}

const MOST_CONNECTIONS = 3_000;
const CALLER = { kind: 'internal', service: EVENTS } as const;

export function openConnections(room: Room): Connections {
  const { clock, store, dispatch } = room;
  const connections: Collection<Connection> = store.collection('events', 'connections');

  const secrets = (operation: string, input: object) =>
    dispatch({ caller: CALLER, service: 'secretsmanager', operation, input });

  const nameOf = (nameOrArn: string): string => (nameOrArn.startsWith('arn:') ? nameOrArn.split('/')[1]! : nameOrArn);
  const find = (nameOrArn: string): Connection | undefined => {
    const connection = connections.get(nameOf(nameOrArn));
    return nameOrArn.startsWith('arn:') && connection?.arn !== nameOrArn ? undefined : connection;
  };
  const get = (name: string): Connection => {
    const connection = connections.get(name);
    if (!connection) throw notFound(`Failed to describe the connection(s). Connection '${name}' does not exist.`);
    return connection;
  };

  async function create(input: Create): Promise<Connection> {
    const { Name: name, AuthorizationType, AuthParameters, Description } = input;
    if (connections.get(name)) throw alreadyExists(`Connection ${name} already exists.`);
    if (connections.list().length >= MOST_CONNECTIONS) throw limitExceeded();
    refusePrivate(input);
    check(AuthorizationType, AuthParameters);
    const id = randomUUID();
    const SecretString = JSON.stringify(AuthParameters);
    const secret = (await secrets('CreateSecret', { Name: `events!connection/${name}/${id}`, SecretString })) as {
      ARN: string;
    };
    const now = clock.now();
    const connection: Connection = {
      name,
      arn: arnOf(room, `connection/${name}/${id}`),
      ...(Description !== undefined && { description: Description }),
      type: AuthorizationType,
      state: 'AUTHORIZED',
      secretArn: secret.ARN,
      shown: shownOf(AuthParameters),
      createdAt: now,
      changedAt: now,
    };
    connections.put(name, connection);
    return connection;
  }

  async function update(input: Update): Promise<Connection> {
    const before = get(input.Name);
    refusePrivate(input);
    const { AuthorizationType: type = before.type, AuthParameters, Description } = input;
    let changed: Connection = {
      ...before,
      type,
      ...(Description !== undefined && { description: Description }),
      changedAt: clock.now(),
    };
    if (AuthParameters) {
      const kept = before.type === type && before.secretArn !== undefined ? await secretsOf(before) : {};
      const all = merged(kept, AuthParameters) as AuthParameters;
      check(type, all);
      const SecretString = JSON.stringify(all);
      if (before.secretArn !== undefined) await secrets('PutSecretValue', { SecretId: before.secretArn, SecretString });
      else {
        const Name = `events!connection/${before.name}/${randomUUID()}`;
        const { ARN } = (await secrets('CreateSecret', { Name, SecretString })) as { ARN: string };
        changed = { ...changed, secretArn: ARN };
      }
      changed = { ...changed, shown: shownOf(all), state: 'AUTHORIZED' };
    }
    connections.put(changed.name, changed);
    return changed;
  }

  async function forget({ secretArn }: Connection): Promise<void> {
    if (secretArn === undefined) return;
    try {
      await secrets('DeleteSecret', { SecretId: secretArn, ForceDeleteWithoutRecovery: true });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
    }
  }

  async function remove(name: string): Promise<void> {
    const connection = connections.get(name);
    if (!connection) return;
    await forget(connection);
    connections.delete(name);
  }

  async function secretsOf({ secretArn, name, state }: Connection): Promise<AuthParameters> {
    if (state !== 'AUTHORIZED' || secretArn === undefined) {
      throw new AwsError('InvalidStateException', `Connection ${name} is not authorized.`);
    }
    const answer = (await secrets('GetSecretValue', { SecretId: secretArn })) as { SecretString: string };
    return JSON.parse(answer.SecretString) as AuthParameters;
  }

  return { find, create, update, delete: remove, secretsOf, operations: operations() };

  function operations(): Record<string, Operation> {
    const onConnection =
      (action: string) =>
      ({ Name }: { readonly Name: string }) => [
        { action: `events:${action}`, resource: connections.get(Name)?.arn ?? arnOf(room, `connection/${Name}`) },
      ];
    const answer = ({ arn, state, createdAt, changedAt }: Connection) => ({
      ConnectionArn: arn,
      ConnectionState: state,
      CreationTime: new Date(createdAt),
      LastModifiedTime: new Date(changedAt),
      LastAuthorizedTime: new Date(changedAt),
    });
    const listed = (connection: Connection) => ({
      ...answer(connection),
      Name: connection.name,
      AuthorizationType: connection.type,
    });

    const createConnection: Operation<Create> = {
      requires: onConnection('CreateConnection'),
      handle: async (input) => answer(await create(input)),
    };
    const updateConnection: Operation<Update> = {
      requires: onConnection('UpdateConnection'),
      handle: async (input) => answer(await update(input)),
    };
    const deauthorize: Operation<With<DeauthorizeConnectionRequest, 'Name'>> = {
      requires: onConnection('DeauthorizeConnection'),
      async handle({ Name }) {
        const { secretArn, ...connection } = get(Name);
        await forget({ ...connection, ...(secretArn !== undefined && { secretArn }) });
        const changed: Connection = { ...connection, state: 'DEAUTHORIZED', changedAt: clock.now() };
        connections.put(Name, changed);
        return answer(changed);
      },
    };
    const deleteConnection: Operation<With<DeleteConnectionRequest, 'Name'>> = {
      requires: onConnection('DeleteConnection'),
      async handle({ Name }) {
        const connection = get(Name);
        await remove(Name);
        return { ...answer(connection), ConnectionState: 'DELETING' };
      },
    };
    const describe: Operation<With<DescribeConnectionRequest, 'Name'>> = {
      requires: onConnection('DescribeConnection'),
      handle({ Name }) {
        const connection = get(Name);
        const { description, secretArn, shown } = connection;
        return {
          ...listed(connection),
          AuthParameters: shown,
          ...(description !== undefined && { Description: description }),
          ...(secretArn !== undefined && { SecretArn: secretArn }),
        };
      },
    };
    const list: Operation<ListConnectionsRequest> = {
      requires: () => [{ action: 'events:ListConnections', resource: '*' }],
      handle(input) {
        const all = connections
          .list({ prefix: input.NamePrefix ?? '' })
          .map(({ value }) => value)
          .filter(({ state }) => input.ConnectionState === undefined || state === input.ConnectionState);
        const { items, ...rest } = page(all, input);
        return { Connections: items.map(listed), ...rest };
      },
    };
    return {
      CreateConnection: createConnection,
      UpdateConnection: updateConnection,
      DeauthorizeConnection: deauthorize,
      DeleteConnection: deleteConnection,
      DescribeConnection: describe,
      ListConnections: list,
    };
  }
}

function refusePrivate(input: Pick<Create, 'InvocationConnectivityParameters'>): void {
  if (input.InvocationConnectivityParameters === undefined) return;
  throw new AwsError('OperationNotEmulated', 'Connections to private APIs are not emulated here.', { statusCode: 501 });
}

function check(type: string, parameters: Partial<AuthParameters>): void {
  const wanted = {
    BASIC: 'BasicAuthParameters',
    API_KEY: 'ApiKeyAuthParameters',
    OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
  }[type];
  if (wanted !== undefined && parameters[wanted as keyof AuthParameters] !== undefined) return;
  throw validationError(`AuthParameters must have ${wanted} for the authorization type ${type}.`);
}

/** Members of members too; lists are replaced. */
function merged(one: unknown, other: unknown): unknown {
  const isObject = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(one) || !isObject(other)) return other ?? one;
  const all: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) all[name] = merged(all[name], value);
  return all;
}

function shownOf(parameters: AuthParameters): object {
  const { BasicAuthParameters, ApiKeyAuthParameters, OAuthParameters, InvocationHttpParameters } = parameters;
  return {
    ...(BasicAuthParameters && { BasicAuthParameters: { Username: BasicAuthParameters.Username } }),
    ...(ApiKeyAuthParameters && { ApiKeyAuthParameters: { ApiKeyName: ApiKeyAuthParameters.ApiKeyName } }),
    ...(OAuthParameters && {
      OAuthParameters: {
        ClientParameters: { ClientID: OAuthParameters.ClientParameters?.ClientID },
        AuthorizationEndpoint: OAuthParameters.AuthorizationEndpoint,
        HttpMethod: OAuthParameters.HttpMethod,
        ...(OAuthParameters.OAuthHttpParameters && { OAuthHttpParameters: open(OAuthParameters.OAuthHttpParameters) }),
      },
    }),
    ...(InvocationHttpParameters && { InvocationHttpParameters: open(InvocationHttpParameters) }),
  };
}

/** Values that are secret are left out. */
function open({ HeaderParameters, QueryStringParameters, BodyParameters }: ConnectionHttpParameters): object {
  const shown = (list: readonly { Key?: string; Value?: string; IsValueSecret?: boolean }[]) =>
    list.map(({ Key, Value, IsValueSecret = false }) => ({ Key, ...(!IsValueSecret && { Value }), IsValueSecret }));
  return {
    ...(HeaderParameters && { HeaderParameters: shown(HeaderParameters) }),
    ...(QueryStringParameters && { QueryStringParameters: shown(QueryStringParameters) }),
    ...(BodyParameters && { BodyParameters: shown(BodyParameters) }),
  };
}
