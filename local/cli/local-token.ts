/** Tokens of the stack's users, made without their passwords: what `/_sampan/token` answers. */
import type { AuthenticationResultType } from '@aws-sdk/client-cognito-identity-provider';
import type { IssueTokensInput } from '../services/cognito/index.ts';
import { suggest } from '../template/index.ts';
import type { Cloud } from './cloud.ts';
import { localUserCollection } from './local-users.ts';
import { UserError } from './user-error.ts';

export interface TokenQuestion {
  /** A name as the template or Cognito writes it; the first of the template's users when absent. */
  readonly user?: string;
  /** Logical id or id of a pool; needed only where several have users. */
  readonly pool?: string;
  /** Logical id or id of an app client; the pool's first when absent. */
  readonly client?: string;
}

export interface LocalToken {
  readonly user: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

type Asked = Pick<Cloud, 'kernel' | 'reconciler'>;

const CALLER = { kind: 'internal', service: 'sampan' } as const;

/** Rejects with UserError where there is no such pool, client or user. */
export async function issueLocalToken(cloud: Asked, question: TokenQuestion): Promise<LocalToken> {
  const { kernel } = cloud;
  const resources = cloud.reconciler.stacks().flatMap(({ name }) => cloud.reconciler.resources(name));
  const pools = resources.filter(({ type }) => type === 'AWS::Cognito::UserPool');
  if (pools.length === 0)
    throw new UserError('the template has no user pool (AWS::Cognito::UserPool): nobody to give a token for');
  const known = localUserCollection(kernel)
    .list()
    .map(({ value }) => value);
  const named = known.find(({ name, username }) => [name, username].includes(question.user ?? name));
  const wanted = question.pool ?? named?.userPoolId ?? pools[0]!.physicalId;
  const pool = pools.find(({ logicalId, physicalId }) => [logicalId, physicalId].includes(wanted));
  if (!pool)
    throw missing(
      'user pool',
      wanted,
      pools.map(({ logicalId }) => logicalId),
    );
  const local = known.filter(({ userPoolId }) => userPoolId === pool.physicalId);
  const clients = resources.filter(
    ({ type, properties }) => type === 'AWS::Cognito::UserPoolClient' && properties['UserPoolId'] === pool.physicalId,
  );
  const client = clients.find(({ logicalId, physicalId }) =>
    [logicalId, physicalId].includes(question.client ?? logicalId),
  );
  if (!client) {
    if (question.client !== undefined)
      throw missing(
        'app client',
        question.client,
        clients.map(({ logicalId }) => logicalId),
      );
    throw new UserError(
      `the user pool ${pool.logicalId} has no client (AWS::Cognito::UserPoolClient): tokens are a client's`,
    );
  }
  const user = local.find(({ name, username }) => [name, username].includes(question.user ?? name));
  const Username = question.user === undefined ? user?.username : (user?.username ?? question.user);
  if (Username === undefined) throw new UserError(`the user pool ${pool.logicalId} has no users yet`);
  const input: IssueTokensInput = { UserPoolId: pool.physicalId, ClientId: client.physicalId, Username };
  const result = await issue(
    kernel,
    input,
    local.map(({ name }) => name),
  );
  return {
    user: user?.name ?? Username,
    userPoolId: pool.physicalId,
    clientId: client.physicalId,
    idToken: result.IdToken ?? '',
    accessToken: result.AccessToken ?? '',
    refreshToken: result.RefreshToken ?? '',
    expiresIn: result.ExpiresIn ?? 0,
  };
}

async function issue(
  { dispatch }: Asked['kernel'],
  input: IssueTokensInput,
  names: readonly string[],
): Promise<AuthenticationResultType> {
  const call = (operation: string, of: object) =>
    dispatch({ caller: CALLER, service: 'cognito-idp', operation, input: of });
  try {
    return (await call('IssueTokens', input)) as AuthenticationResultType;
  } catch (error) {
    if ((error as { code?: string }).code !== 'UserNotFoundException') {
      throw new UserError(`Cognito refuses a token for ${input.Username}: ${(error as Error).message}`);
    }
    const { Users } = (await call('ListUsers', { UserPoolId: input.UserPoolId })) as { Users: ListedUser[] };
    throw missing('user', input.Username, [...new Set([...names, ...Users.map(nameOf)])]);
  }
}

interface ListedUser {
  readonly Username: string;
  readonly Attributes?: readonly { readonly Name: string; readonly Value: string }[];
}

/** Where people sign in by their address, Cognito makes up the name: nobody knows it. */
function nameOf({ Username, Attributes = [] }: ListedUser): string {
  const attribute = (name: string) => Attributes.find(({ Name }) => Name === name)?.Value;
  return attribute('sub') === Username ? (attribute('email') ?? Username) : Username;
}

function missing(what: string, name: string, known: readonly string[]): UserError {
  const hint = suggest(name, known);
  if (known.length === 0) return new UserError(`there is no ${what} ${name}`);
  return new UserError(
    `there is no ${what} ${name}; ${hint ? `did you mean ${hint}?` : `there are ${known.join(', ')}`}`,
  );
}
