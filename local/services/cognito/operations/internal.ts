/** What other parts of the local cloud ask for, and no API of AWS has. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, Operation } from '../../../kernel/service.ts';
import type { Message } from '../mailbox.ts';
import type { Room } from '../room.ts';
import type { PublicJwk } from '../signing-keys.ts';
import { issuerOf } from '../tokens.ts';

export interface SigningKeysOutput {
  readonly Issuer: string;
  readonly Keys: readonly PublicJwk[];
}

export interface IssueTokensInput {
  readonly UserPoolId: string;
  readonly ClientId: string;
  readonly Username: string;
}

export function internalOperations({
  region,
  pools,
  clients,
  users,
  keys,
  tokens,
  mailbox,
}: Room): Record<string, Operation> {
  /** For callers in here alone: to everybody else there is no such operation. */
  const internal = <I, O>(name: string, handle: (input: I) => O | Promise<O>): Operation<I, O> => ({
    requires(_input, { principal }: CallContext) {
      if (principal.kind === 'internal') return [];
      throw new AwsError('UnknownOperationException', `The operation ${name} of cognito-idp is not emulated here`);
    },
    handle: (input) => handle(input),
  });

  return {
    /** By which API Gateway's authorizers verify tokens. Rejects with ResourceNotFoundException. */
    GetSigningKeys: internal(
      'GetSigningKeys',
      async ({ UserPoolId }: { UserPoolId: string }): Promise<SigningKeysOutput> => {
        const pool = pools.get(UserPoolId);
        const { id, access } = await keys.of(pool.id);
        return { Issuer: issuerOf(region, pool.id), Keys: [id.jwk, access.jwk] };
      },
    ),

    /** Signs a user in without his password, whatever flows the client allows: for `sampan token`. */
    IssueTokens: internal('IssueTokens', ({ UserPoolId, ClientId, Username }: IssueTokensInput) => {
      const pool = pools.get(UserPoolId);
      const client = clients.get(ClientId, UserPoolId);
      return tokens.issue(pool, client, users.get(pool, Username), { trigger: 'TokenGeneration_Authentication' });
    }),

    /** Mails and text messages, oldest first. */
    ListMessages: internal(
      'ListMessages',
      ({ UserPoolId }: { UserPoolId?: string }): { Messages: readonly Message[] } => ({
        Messages: mailbox.list(({ poolId }) => UserPoolId === undefined || poolId === UserPoolId),
      }),
    ),
  };
}
