/**
 * What mails say. They name the ticket by its number and its subject; who asked and what was written stays in the help
 * desk, where only those read it who may.
 */
import type { HelpDeskEvent, TicketEscalated } from './events.ts';
import type { NoticeKind } from './notices.ts';

export interface MailText {
  /** One line of at most `SUBJECT_LENGTH` characters. */
  readonly subject: string;
  readonly text: string;
}

/** Some of what carries mail takes no longer ones. */
export const SUBJECT_LENGTH = 100;

type Template = (
  about: string,
  event: HelpDeskEvent,
) => { readonly subject: string; readonly lines: readonly string[] };

const TEMPLATES: Readonly<Record<NoticeKind, Template>> = {
  received: (about) => ({
    subject: `Received: ${about}`,
    lines: ['Hello,', '', `we have received your request “${about}” and will answer it.`],
  }),
  answered: (about) => ({
    subject: `Answered: ${about}`,
    lines: ['Hello,', '', `there is an answer to your request “${about}”. You find it in the help desk.`],
  }),
  resolved: (about) => ({
    subject: `Resolved: ${about}`,
    lines: [
      'Hello,',
      '',
      `your request “${about}” counts as solved. If it is not, write to us in the help desk, and it is open again.`,
    ],
  }),
  'new-message': (about) => ({
    subject: `New message: ${about}`,
    lines: [`The requester has written to the ticket “${about}”.`],
  }),
  assigned: (about) => ({
    subject: `Assigned to you: ${about}`,
    lines: [`The ticket “${about}” is yours.`],
  }),
  escalated: (about, event) => ({
    subject: `Overdue: ${about}`,
    lines: [
      `The requester of the ticket “${about}” waits longer than was promised.`,
      ...overdue(event as TicketEscalated),
    ],
  }),
};

export function mailOf(kind: NoticeKind, event: HelpDeskEvent): MailText {
  const about = 'subject' in event ? oneLine(event.subject) : '';
  const { subject, lines } = TEMPLATES[kind](about, event);
  return {
    subject: shortened(subject, SUBJECT_LENGTH),
    text: `${[...lines, '', `Ticket ${event.ticketId}`].join('\n')}\n`,
  };
}

function overdue({ missed, dueAt, priority }: TicketEscalated): string[] {
  const what = missed === 'first-response' ? 'A first answer' : 'A solution';
  return ['', `${what} was due ${dueAt.slice(0, 16).replace('T', ' ')} UTC. The priority is ${priority} now.`];
}

/** Nothing in it ends a line, or turns what follows around: what a header says is ours, whatever the requester wrote. */
function oneLine(text: string): string {
  return String(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ')
    .trim();
}

function shortened(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
