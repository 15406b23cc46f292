/** `sampan mail`: what Cognito and SNS would have mailed or texted, and the yes that SNS asks for before it mails. */
import type { Mail as KeptMail } from '../kernel/mailbox.ts';
import { type MessagingQuery, queryMessaging } from './messaging-query.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { UserError } from './user-error.ts';

export interface MailFlags extends ProjectFlags {
  readonly json: boolean;
  /** Says yes in place of those who are asked. */
  readonly confirm: boolean;
}

/** As both services keep them. */
interface Kept extends KeptMail {
  readonly source: string;
}

interface Mail extends Kept {
  readonly sender: 'cognito' | 'sns';
}

const SENDERS = { cognito: 'cognito-idp:ListMessages', sns: 'sns:ListMessages' } as const;

export async function showMail(id: string | undefined, flags: MailFlags, out: Output): Promise<number> {
  const query = await queryMessaging(findProject(flags, process.cwd()));
  const mails = await readMails(query);
  const write = (line: string) => out.stream.write(`${line}\n`);
  if (flags.confirm) {
    const asked = mails.filter((mail) => mail.source === 'SubscriptionConfirmation' && (id ?? mail.id) === mail.id);
    for (const mail of asked) write(await confirm(mail, query));
    if (asked.length === 0) write('nobody is asked');
    return 0;
  }
  if (id === undefined) {
    for (const mail of mails) write(flags.json ? JSON.stringify(mail) : rowOf(mail, out));
    if (mails.length === 0 && !flags.json) write('nothing has been mailed or texted');
    return 0;
  }
  const mail = mails.find((one) => one.id === id);
  if (!mail) throw new UserError(`there is no mail ${id}: sampan mail lists them`, 2);
  write(flags.json ? JSON.stringify(mail) : whole(mail, out));
  return 0;
}

/** As the link in the mail does, at whatever port that was. To say it twice is no mistake. */
async function confirm({ body, destination }: Mail, { ask, titleOf }: MessagingQuery): Promise<string> {
  const link = /\bhttps?:[^\s"]+Action=ConfirmSubscription[^\s"]+/.exec(body)?.[0] ?? '';
  const { TopicArn = '', Token } = Object.fromEntries(new URL(link).searchParams);
  const topic = titleOf(TopicArn.split(':').at(-1) ?? '');
  try {
    await ask('sns:ConfirmSubscription', { TopicArn, Token });
    return `${destination} gets the mails of ${topic}`;
  } catch (error) {
    // The topic or the subscription has gone since.
    if (error instanceof UserError) return `${destination} gets no mails of ${topic}: ${error.message}`;
    throw error;
  }
}

/** Oldest first, of both. */
async function readMails({ ask }: MessagingQuery): Promise<Mail[]> {
  const found = await Promise.all(
    (Object.keys(SENDERS) as (keyof typeof SENDERS)[]).map(async (sender) => {
      const { Messages } = await ask<{ Messages: Kept[] }>(SENDERS[sender], {});
      return Messages.map((message): Mail => ({ ...message, id: idOf(sender, message), sender }));
    }),
  );
  return found.flat().sort((a, b) => a.sentAt - b.sentAt || (a.id < b.id ? -1 : 1));
}

/** Shorter than the kept one, and of one service among both: `sns-1763744512345-3`. */
function idOf(sender: string, { id }: Kept): string {
  const [sentAt, number] = id.split('-').map(Number);
  return `${sender}-${sentAt}-${number}`;
}

const timeOf = ({ sentAt }: Mail): string => new Date(sentAt).toISOString().slice(0, 19).replace('T', ' ');

function rowOf(mail: Mail, { colours }: Output): string {
  const about = mail.subject ?? mail.body.split('\n', 1)[0] ?? '';
  const { id, destination, medium } = mail;
  const how = medium === 'SMS' ? ' (text message)' : '';
  return `${colours.dim(timeOf(mail))} ${id}  ${destination}${how}  ${colours.bold(about)}`;
}

function whole(mail: Mail, { colours }: Output): string {
  const head = [
    ['From', `${mail.sender} (${mail.source})`],
    ['To', mail.destination],
    ['Date', timeOf(mail)],
    ...(mail.subject === undefined ? [] : [['Subject', mail.subject]]),
  ].map(([name, value]) => `${colours.dim(`${name}:`)} ${value}`);
  return `${head.join('\n')}\n\n${mail.body}`;
}
