/** One sign-in under way: who, through which client, and what comes back. */
import type { AuthenticationResultType } from '@aws-sdk/client-cognito-identity-provider';
import { invalidParameter } from '../errors.ts';
import type { AppClient, Pool, User } from '../records.ts';
import type { Room } from '../room.ts';

export type Parameters = Readonly<Record<string, string>>;

export interface Attempt {
  readonly room: Room;
  readonly pool: Pool;
  readonly client: AppClient;
  readonly parameters: Parameters;
  readonly clientMetadata?: Parameters;
}

/** What both `InitiateAuth` and `RespondToAuthChallenge` answer. */
export type Outcome =
  | { readonly AuthenticationResult: AuthenticationResultType; readonly ChallengeParameters: Parameters }
  | {
      readonly ChallengeName: string;
      readonly ChallengeParameters: Parameters;
      /** Absent where the challenge's own parameters lead back. */
      readonly Session?: string;
    };

/** Throws InvalidParameterException when it is not there. */
export function required(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined || value === '') throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}

/** Whether a client must not learn who is there and who is not. */
export const hidesUsers = ({ settings }: AppClient): boolean => settings.PreventUserExistenceErrors === 'ENABLED';

/** Keeps what came of an attempt, as the user is now: somebody else may have changed him in between. */
export function refreshed({ room, pool }: Attempt, user: User): User {
  return room.users.get(pool, user.username);
}
