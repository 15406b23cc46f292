/** Sign-ins that wait for the user's next step; the `Session` of a challenge leads back to them. */
import { createHash, randomBytes } from 'node:crypto';
import type { ServiceContext } from '../../kernel/service.ts';
import { notAuthorized } from './errors.ts';
import type { AppClient } from './records.ts';
import type { SrpExchange } from './srp.ts';
import type { ChallengeResult } from './triggers.ts';

/** What is remembered for the step that the challenge asks for. */
export type Step =
  /** Where nobody of that name is there, and the client must not learn it, no password is the right one. */
  | {
      readonly name: 'PASSWORD_VERIFIER';
      readonly exchange: SrpExchange;
      readonly verifier: string;
      readonly isReal: boolean;
    }
  | { readonly name: 'NEW_PASSWORD_REQUIRED' }
  | { readonly name: 'SOFTWARE_TOKEN_MFA' | 'SMS_MFA' | 'EMAIL_OTP' }
  | { readonly name: 'SELECT_MFA_TYPE'; readonly choices: readonly string[] }
  /** `secret` once the user has asked for one; `verified` once he has shown that he can use it. */
  | { readonly name: 'MFA_SETUP'; readonly secret?: string; readonly verified?: boolean }
  | {
      readonly name: 'CUSTOM_CHALLENGE';
      readonly results: readonly ChallengeResult[];
      readonly privateParameters: unknown;
      readonly metadata?: string;
    };

export interface WaitingSession {
  readonly poolId: string;
  readonly clientId: string;
  /** As typed, where nobody of that name is there and the client must not learn it. */
  readonly username: string;
  readonly step: Step;
  /** Custom authentication that began with SRP: what was answered until now. */
  readonly results?: readonly ChallengeResult[];
  readonly isNewPassword?: boolean;
}

interface Kept extends WaitingSession {
  readonly expiresAt: number;
  /** Wrong codes until now. */
  readonly misses?: number;
}

export interface Sessions {
  /** The opaque text for the client; good for the client's `AuthSessionValidity`, three minutes by default. */
  open(client: AppClient, session: WaitingSession): string;
  /** Throws NotAuthorizedException for one that is none, has expired, or is another client's. */
  get(token: string, client?: AppClient): WaitingSession;
  /** It is answered: another step needs another one. */
  close(token: string): void;
  /** A wrong code: a million of them are quickly tried, and so the session ends with the fifth. */
  miss(token: string): void;
}

const MOST_MISSES = 5;

const DEFAULT_MINUTES = 3;

export function createSessions({ store, clock }: Pick<ServiceContext, 'store' | 'clock'>): Sessions {
  const kept = store.collection<Kept>('cognito-idp', 'sessions');

  function sweep(): void {
    for (const { key, value } of kept.list()) if (value.expiresAt <= clock.now()) kept.delete(key);
  }

  return {
    open(client, session) {
      sweep();
      const token = randomBytes(480).toString('base64');
      const minutes = client.settings.AuthSessionValidity ?? DEFAULT_MINUTES;
      kept.put(digestOf(token), { ...session, expiresAt: clock.now() + minutes * 60_000 });
      return token;
    },
    get(token, client) {
      const found = kept.get(digestOf(token));
      if (!found || (client && found.clientId !== client.id)) throw notAuthorized('Invalid session for the user.');
      if (found.expiresAt <= clock.now()) throw notAuthorized('Invalid session for the user, session is expired.');
      const { expiresAt: _, misses: __, ...session } = found;
      return session;
    },
    close: (token) => void kept.delete(digestOf(token)),
    miss(token) {
      const found = kept.get(digestOf(token));
      if (!found) return;
      const misses = (found.misses ?? 0) + 1;
      if (misses >= MOST_MISSES) kept.delete(digestOf(token));
      else kept.put(digestOf(token), { ...found, misses });
    },
  };
}

const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
