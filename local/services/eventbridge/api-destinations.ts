/** HTTP endpoints as targets. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html */
import { randomUUID } from 'node:crypto';
import type {
  CreateApiDestinationRequest,
  DeleteApiDestinationRequest,
  DescribeApiDestinationRequest,
  HttpParameters,
  ListApiDestinationsRequest,
  UpdateApiDestinationRequest,
} from '@aws-sdk/client-eventbridge';
import type { Collection, Operation } from '../../kernel/index.ts';
import { callApi } from './api-call.ts';
import type { AuthParameters, Connection, Connections } from './connections.ts';
import { alreadyExists, limitExceeded, notFound, validationError } from './errors.ts';
import { DeliveryFailure } from './failures.ts';
import { createTokens } from './oauth.ts';
import { page } from './paging.ts';
import { arnOf, type Room, type With } from './room.ts';

interface ApiDestination {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly connectionArn: string;
  readonly endpoint: string;
  readonly method: string;
  readonly ratePerSecond: number;
  readonly createdAt: number;
  readonly changedAt: number;
}

type Create = With<CreateApiDestinationRequest, 'Name' | 'ConnectionArn' | 'InvocationEndpoint' | 'HttpMethod'>;
type Update = With<UpdateApiDestinationRequest, 'Name'>;

export interface ApiDestinations {
  create(input: Create): ApiDestination;
  update(input: Update): ApiDestination;
  delete(name: string): void;
  readonly operations: Record<string, Operation>;
}

export interface InvokeInput {
  readonly arn: string;
  readonly payload: string;
  readonly event: string;
  readonly parameters?: HttpParameters;
}

const MOST_DESTINATIONS = 3_000;
const USUAL_RATE = 300;

export function apiDestinationOperations(room: Room, connections: Connections): ApiDestinations {
  const { clock, store } = room;
  const destinations: Collection<ApiDestination> = store.collection('events', 'api-destinations');
  const tokens = createTokens(clock);
  /** When the next request to a destination may leave. */
  const slots = new Map<string, number>();

  const get = (name: string): ApiDestination => {
    const destination = destinations.get(name);
    if (!destination)
      throw notFound(`Failed to describe the api-destination(s). An api-destination '${name}' does not exist.`);
    return destination;
  };

  /** Throws ValidationException, ResourceNotFoundException. */
  function check({ ConnectionArn, InvocationEndpoint }: Update): void {
    if (ConnectionArn !== undefined && !connections.find(ConnectionArn)) {
      throw notFound(`Connection '${ConnectionArn.split('/')[1]}' does not exist.`);
    }
    if (InvocationEndpoint !== undefined && !isEndpoint(InvocationEndpoint)) {
      throw validationError('Parameter InvocationEndpoint is not valid. Reason: it must be an HTTPS URL.');
    }
  }

  function create(input: Create): ApiDestination {
    const {
      Name: name,
      ConnectionArn,
      InvocationEndpoint,
      HttpMethod,
      Description,
      InvocationRateLimitPerSecond,
    } = input;
    if (destinations.get(name)) throw alreadyExists(`An api-destination '${name}' already exists.`);
    if (destinations.list().length >= MOST_DESTINATIONS) throw limitExceeded();
    check(input);
    const now = clock.now();
    const destination: ApiDestination = {
      name,
      arn: arnOf(room, `api-destination/${name}/${randomUUID()}`),
      ...(Description !== undefined && { description: Description }),
      connectionArn: ConnectionArn,
      endpoint: InvocationEndpoint,
      method: HttpMethod,
      ratePerSecond: InvocationRateLimitPerSecond ?? USUAL_RATE,
      createdAt: now,
      changedAt: now,
    };
    destinations.put(name, destination);
    return destination;
  }

  function update(input: Update): ApiDestination {
    check(input);
    const before = get(input.Name);
    const changed: ApiDestination = {
      ...before,
      ...(input.Description !== undefined && { description: input.Description }),
      connectionArn: input.ConnectionArn ?? before.connectionArn,
      endpoint: input.InvocationEndpoint ?? before.endpoint,
      method: input.HttpMethod ?? before.method,
      ratePerSecond: input.InvocationRateLimitPerSecond ?? before.ratePerSecond,
      changedAt: clock.now(),
    };
    destinations.put(changed.name, changed);
    return changed;
  }

  /** Requests leave one after the other, as far apart as the rate has it. */
  async function slot({ arn, ratePerSecond }: ApiDestination): Promise<void> {
    const now = clock.now();
    const at = Math.max(now, slots.get(arn) ?? 0);
    slots.set(arn, at + 1_000 / ratePerSecond);
    if (at > now) await clock.sleep(at - now);
  }

  async function authorization(connection: Connection, secrets: AuthParameters): Promise<Record<string, string>> {
    const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters } = secrets;
    switch (connection.type) {
      case 'BASIC':
        return {
          authorization: `Basic ${Buffer.from(`${basic?.Username}:${basic?.Password}`).toString('base64')}`,
        };
      case 'API_KEY':
        return { [key?.ApiKeyName ?? '']: key?.ApiKeyValue ?? '' };
      case 'OAUTH_CLIENT_CREDENTIALS':
        return { authorization: `Bearer ${await tokens.get(connection.arn, OAuthParameters ?? fail(connection))}` };
    }
  }

  const invoke: Operation<InvokeInput> = {
    requires: ({ arn }) => [{ action: 'events:InvokeApiDestination', resource: arn }],
    async handle({ arn, payload, event, parameters }) {
      const destination = destinations.get(arn.split('/')[1] ?? '');
      if (destination?.arn !== arn) throw notFound(`API destination ${arn} does not exist.`);
      const connection = connections.find(destination.connectionArn);
      if (!connection) throw notFound(`Connection ${destination.connectionArn} does not exist.`);
      const secrets = await connections.secretsOf(connection);
      await slot(destination);
      // What goes wrong on the way is the delivery's matter, not the service's.
      try {
        const headers = await authorization(connection, secrets);
        const { endpoint, method } = destination;
        const fixed = secrets.InvocationHttpParameters;
        await callApi({ endpoint, method, payload, parameters, fixed, headers, event }, clock);
      } catch (error) {
        if (!(error instanceof DeliveryFailure)) throw error;
        tokens.forget(connection.arn);
        return {
          failure: { code: error.code, message: error.message, retried: error.retried, afterMs: error.afterMs },
        };
      }
      return {};
    },
  };

  return {
    create,
    update,
    delete: (name) => void destinations.delete(name),
    operations: { ...operations(), InvokeApiDestination: invoke },
  };

  function operations(): Record<string, Operation> {
    const on =
      (action: string) =>
      ({ Name }: { readonly Name: string }) => [
        { action: `events:${action}`, resource: destinations.get(Name)?.arn ?? arnOf(room, `api-destination/${Name}`) },
      ];
    const answer = ({ arn, createdAt, changedAt }: ApiDestination) => ({
      ApiDestinationArn: arn,
      ApiDestinationState: 'ACTIVE',
      CreationTime: new Date(createdAt),
      LastModifiedTime: new Date(changedAt),
    });
    const listed = (destination: ApiDestination) => ({
      ...answer(destination),
      Name: destination.name,
      ConnectionArn: destination.connectionArn,
      InvocationEndpoint: destination.endpoint,
      HttpMethod: destination.method,
      InvocationRateLimitPerSecond: destination.ratePerSecond,
    });

    const createDestination: Operation<Create> = {
      requires: on('CreateApiDestination'),
      handle: (input) => answer(create(input)),
    };
    const updateDestination: Operation<Update> = {
      requires: on('UpdateApiDestination'),
      handle: (input) => answer(update(input)),
    };
    const remove: Operation<With<DeleteApiDestinationRequest, 'Name'>> = {
      requires: on('DeleteApiDestination'),
      handle({ Name }) {
        destinations.delete(get(Name).name);
        return {};
      },
    };
    const describe: Operation<With<DescribeApiDestinationRequest, 'Name'>> = {
      requires: on('DescribeApiDestination'),
      handle({ Name }) {
        const destination = get(Name);
        const { description } = destination;
        return { ...listed(destination), ...(description !== undefined && { Description: description }) };
      },
    };
    const list: Operation<ListApiDestinationsRequest> = {
      requires: () => [{ action: 'events:ListApiDestinations', resource: '*' }],
      handle(input) {
        const all = destinations
          .list({ prefix: input.NamePrefix ?? '' })
          .map(({ value }) => value)
          .filter(({ connectionArn }) => input.ConnectionArn === undefined || connectionArn === input.ConnectionArn);
        const { items, ...rest } = page(all, input);
        return { ApiDestinations: items.map(listed), ...rest };
      },
    };
    return {
      CreateApiDestination: createDestination,
      UpdateApiDestination: updateDestination,
      DeleteApiDestination: remove,
      DescribeApiDestination: describe,
      ListApiDestinations: list,
    };
  }
}

function fail({ name }: Connection): never {
  throw new DeliveryFailure('SDK_CLIENT_ERROR', `Connection ${name} has no OAuth parameters.`, { retried: false });
}

/** HTTPS, as AWS asks for; of this machine itself HTTP will do. */
function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname));
}
