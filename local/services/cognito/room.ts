/** What every group of operations in this room is built from. */
import type { ServiceContext } from '../../kernel/service.ts';
import { type Codes, createCodes } from './codes.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createMessenger, type Messenger } from './messages.ts';
import { openRepositories, type Repositories } from './repositories.ts';
import { createRequirements, type Requirements } from './requirements.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { createTriggerCalls } from './trigger-calls.ts';
import { createTriggers, type Triggers } from './triggers.ts';
import { UserRepository } from './user-repository.ts';

export interface Room extends ServiceContext, Repositories {
  readonly users: UserRepository;
  readonly keys: SigningKeys;
  readonly tokens: Tokens;
  readonly triggers: Triggers;
  readonly sessions: Sessions;
  readonly codes: Codes;
  readonly mailbox: Mailbox;
  readonly messenger: Messenger;
  readonly needs: Requirements;
}

export function createRoom(context: ServiceContext, pools: 'served' | 'described'): Room {
  const repositories = openRepositories(context.store);
  const users = new UserRepository(context.store);
  const isServed = pools === 'served';
  const keys = createSigningKeys(context.store, isServed);
  const triggers = createTriggers(isServed ? createTriggerCalls(context) : async () => undefined);
  const mailbox = createMailbox(context);
  const codes = createCodes(context);
  return {
    ...context,
    ...repositories,
    users,
    keys,
    triggers,
    tokens: createTokens({ context, repositories, users, keys, triggers }),
    sessions: createSessions(context),
    codes,
    mailbox,
    messenger: createMessenger({ triggers, mailbox, codes }),
    needs: createRequirements(repositories, context),
  };
}
