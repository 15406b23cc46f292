/** From an event to the mails that tell of it, each onto the topic once in effect. */
import { createHash } from 'node:crypto';
import type { HelpDeskEvent } from '../../domain/events.ts';
import type { Mail } from '../../domain/mail.ts';
import { mailOf } from '../../domain/mail-templates.ts';
import type { NoticeKind } from '../../domain/notices.ts';
import {
  isForRequester,
  type Notice,
  noticesOf,
  preferencesFrom,
  preferencesKey,
  wants,
} from '../../domain/notifications.ts';
import { type Hooks, skippedKinds } from '../../domain/tenant-hooks.ts';

export interface Dependencies {
  /** Whom to tell where nobody in person has the ticket; null: nobody. */
  readonly team: string | null;
  readonly preferencesOf: (key: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** What the organisation of this address wants done with its tickets. */
  readonly hooksOf: (requesterEmail: string) => Promise<Hooks>;
  readonly publish: (mail: Mail) => Promise<void>;
  /** Told of what nobody wanted to know. */
  readonly onUnwanted: (kind: NoticeKind) => void;
}

/** Rejects with what the tables or the topic throw: the event is then tried again. */
export function notify({ team, preferencesOf, hooksOf, publish, onUnwanted }: Dependencies) {
  async function isWanted(notice: Notice): Promise<boolean> {
    if (isForRequester(notice)) {
      const skipped: ReadonlySet<NoticeKind> = skippedKinds((await hooksOf(notice.to)).steps);
      if (skipped.has(notice.kind)) return false;
    }
    return wants(preferencesFrom(await preferencesOf(preferencesKey(notice.to))), notice.kind, 'email');
  }

  return async (event: HelpDeskEvent): Promise<void> => {
    for (const notice of noticesOf(event, team)) {
      if (await isWanted(notice)) await publish(written(notice, event));
      else onUnwanted(notice.kind);
    }
  };
}

function written({ kind, to }: Notice, event: HelpDeskEvent): Mail {
  const recipient = createHash('sha256').update(preferencesKey(to)).digest('hex').slice(0, 16);
  return { id: `${event.id}-${recipient}`, ticketId: event.ticketId, kind, to, ...mailOf(kind, event) };
}
