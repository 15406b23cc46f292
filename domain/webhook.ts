/**
 * What other systems deliver by webhook, and what of it becomes tickets and messages. Their payloads grow: fields that
 * are not known here are ignored.
 */
import { LIMITS } from './requests.ts';
import { type Check, email, fields, type Outcome, orNull, text } from './validation.ts';

export const CHANNELS = ['email', 'chat', 'generic'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Of what a provider names: messages, threads, channels. In ASCII characters. */
export const LONGEST_ID = 400;

export interface Delivery {
  readonly channel: Channel;
  /** The provider's own name of it: the same however often it is delivered. */
  readonly id: string;
  readonly requesterEmail: string;
  readonly subject: string;
  readonly body: string;
  /** By what later deliveries will mean this one's ticket. */
  readonly thread: string;
  /** Whose ticket it belongs to, where that thread is known. */
  readonly continues: string | null;
}

export function isChannel(name: string): name is Channel {
  return (CHANNELS as readonly string[]).includes(name);
}

/** @throws InvalidInput naming everything that is wrong */
export function readDelivery(channel: Channel, payload: unknown): Delivery {
  return READERS[channel](payload);
}

const READERS: Readonly<Record<Channel, (payload: unknown) => Delivery>> = {
  email(payload) {
    const mail = known(payload, {
      required: { from: sender, messageId },
      optional: {
        subject: softened({ maximum: LIMITS.subject, lines: 'one', without: '(no subject)' }),
        text: softened({ maximum: LIMITS.body, lines: 'many', without: '(no text)' }),
        inReplyTo: repliedTo,
      },
    });
    return {
      channel: 'email',
      id: mail.messageId,
      requesterEmail: mail.from,
      subject: mail.subject ?? '(no subject)',
      body: mail.text ?? '(no text)',
      thread: mail.messageId,
      continues: mail.inReplyTo ?? null,
    };
  },

  chat(payload) {
    const said = known(payload, {
      required: { user: email, channel: identifier, messageId: identifier, text: body },
      optional: { thread: orNull(identifier) },
    });
    // Identifiers have no blanks: no two pairs read the same. Who opens a thread is in it.
    const thread = `${said.channel} ${said.thread ?? said.messageId}`;
    const subject = firstLine(said.text);
    const { user: requesterEmail, text: body_ } = said;
    return {
      channel: 'chat',
      id: `${said.channel} ${said.messageId}`,
      requesterEmail,
      subject,
      body: body_,
      thread,
      continues: thread,
    };
  },

  generic(payload) {
    const { externalId, inReplyTo, ...ticket } = known(payload, {
      required: { requesterEmail: email, subject, body, externalId: identifier },
      optional: { inReplyTo: orNull(identifier) },
    });
    return { channel: 'generic', id: externalId, ...ticket, thread: externalId, continues: inReplyTo ?? null };
  },
};

const subject = text({ maximum: LIMITS.subject, lines: 'one' });
const body = text({ maximum: LIMITS.body, lines: 'many' });

const identifier: Check<string> = (value) =>
  typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) && value.length <= LONGEST_ID
    ? { ok: true, value }
    : { ok: false, problem: `must be an identifier: up to ${LONGEST_ID} ASCII characters without blanks` };

/** RFC 5322 §3.6.4; the angle brackets are no part of it, and not everybody sends them. */
const messageId: Check<string> = (value) =>
  identifier(typeof value === 'string' ? value.trim().replace(/^<(.*)>$/, '$1') : value);

/** Mail programs write all sorts of things there; what names no message continues none. */
const repliedTo = (value: unknown): Outcome<string | null> => {
  const read = messageId(value);
  return read.ok ? read : { ok: true, value: null };
};

/** `ada@example.com`, or `Ada <ada@example.com>` as the header has it. */
const sender: Check<string> = (value) => {
  const written = typeof value === 'string' && value.length <= 1_000 ? value.trim() : '';
  return email(/<([^<>]*)>$/.exec(written)?.[1] ?? written);
};

/** For mails, which nobody could be told to shorten: what cannot be stored is left out, and that is said. */
function softened({ maximum, lines, without }: { maximum: number; lines: 'one' | 'many'; without: string }) {
  return (value: unknown): Outcome<string> => {
    if (value === null) return { ok: true, value: without };
    if (typeof value !== 'string') return { ok: false, problem: 'must be a string' };
    const storable = value.toWellFormed().replace(/[^\P{Cc}\t\r\n]/gu, '');
    const laidOut = lines === 'one' ? storable.replace(/\s+/gu, ' ').trim() : storable;
    return { ok: true, value: laidOut.trim() === '' ? without : shortened(laidOut, maximum) };
  };
}

function firstLine(said: string): string {
  const line = said.trim().split(/[\r\n\u2028\u2029]/, 1)[0] as string;
  return shortened(line.trim(), LIMITS.subject);
}

/** At most so many characters (code points); the last one says where some are missing. */
function shortened(whole: string, maximum: number): string {
  if (whole.length <= maximum) return whole;
  const characters = [...whole];
  return characters.length <= maximum ? whole : `${characters.slice(0, maximum - 1).join('')}…`;
}

type Checks = Readonly<Record<string, Check<unknown>>>;

/** `fields`, of the fields that have a check. @throws InvalidInput */
function known<R extends Checks, O extends Checks>(
  payload: unknown,
  checks: { readonly required: R; readonly optional: O },
): ReturnType<typeof fields<R, O>> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return fields(payload, checks);
  const wanted = Object.entries(payload).filter(
    ([name]) => Object.hasOwn(checks.required, name) || Object.hasOwn(checks.optional, name),
  );
  return fields(Object.fromEntries(wanted), checks);
}
