/** Requests of several steps, each of which a line of the template is for: files, drafts, rotation, signing up, webhooks. */
import { createHmac, randomUUID } from 'node:crypto';
import { published } from './database.ts';
import type { HelpDesk } from './help-desk.ts';
import { asClient, expectOk, Refused, type Seen, seen } from './seen.ts';

/** More tokens than the rest of a ticket has, so that a draft tells whether its file was read. */
const FILE = 'The printer by the window has been on fire since nine.\n'.repeat(160);
const TOKENS_OF_FILE = 1_500;

const ofTicket = { subject: 'Printer on fire', body: 'By the window.', requesterEmail: 'ada@example.com' };

async function call(desk: HelpDesk, method: string, path: string, body?: object): Promise<Response> {
  const headers = { Authorization: await desk.token(), 'content-type': 'application/json' };
  const text = body && { body: JSON.stringify(body) };
  return expectOk(await fetch(`${desk.apiUrl}${path}`, { method, headers, redirect: 'manual', ...text }), path);
}

/** Announces a file of a ticket and sends it to S3; resolves with the path it can be had by. */
async function upload(desk: HelpDesk, ticketId: string): Promise<string> {
  const path = `/tickets/${ticketId}/attachments`;
  const announced = { fileName: 'smoke.txt', contentType: 'text/plain', size: Buffer.byteLength(FILE) };
  const { id, upload } = (await (await call(desk, 'POST', path, announced)).json()) as {
    id: string;
    upload: { method: string; url: string; headers: Record<string, string> };
  };
  const { method, url, headers } = upload;
  await expectOk(await fetch(url, { method, headers, body: FILE }), 'the upload');
  return `${path}/${id}`;
}

interface Tickets {
  /** Has one file. */
  readonly toDraft: string;
  /** Gets one file after the other. */
  readonly toUpload: string;
}

const tickets = new WeakMap<HelpDesk, Promise<Tickets>>();

/** What the journeys are about, to be made while everything works still. */
export function makeTickets(desk: HelpDesk): Promise<Tickets> {
  const made = tickets.get(desk) ?? bothTickets(desk);
  tickets.set(desk, made);
  return made;
}

async function bothTickets(desk: HelpDesk): Promise<Tickets> {
  const [toDraft, toUpload] = await Promise.all([makeTicket(desk), makeTicket(desk)]);
  await upload(desk, toDraft);
  return { toDraft, toUpload };
}

/** Rejects with Refused. @returns its id */
export async function makeTicket(desk: HelpDesk): Promise<string> {
  const { id } = (await (await call(desk, 'POST', '/tickets', ofTicket)).json()) as { id: string };
  return id;
}

/** Opened, and told of at once: what is left to the relay was not. */
export function openTicket(desk: HelpDesk): Promise<Seen> {
  return seen(async () => {
    const id = await makeTicket(desk);
    await published(desk, id);
    return `ticket ${id} was opened`;
  });
}

/** To S3 and back, by URLs that the function signs. */
export async function exchangeFile(desk: HelpDesk): Promise<Seen> {
  const { toUpload } = await makeTickets(desk);
  return seen(async () => {
    const found = await call(desk, 'GET', await upload(desk, toUpload));
    const download = await expectOk(await fetch(found.headers.get('location') ?? ''), 'the download');
    if ((await download.text()) !== FILE) throw new Refused('another file came back');
    return 'the file came back';
  });
}

/** Of a ticket whose file the model has to be told of. */
export async function draftWithFile(desk: HelpDesk): Promise<Seen> {
  const { toDraft } = await makeTickets(desk);
  return seen(async () => {
    const answer = await (await call(desk, 'POST', `/tickets/${toDraft}/draft`)).text();
    const { usage } = JSON.parse(answer) as { usage: { inputTokens: number } };
    if (usage.inputTokens < TOKENS_OF_FILE) throw new Refused(`a draft without the file: ${answer}`);
    return answer;
  });
}

/** All four steps of it; what was left of one that failed is tried again first. */
export function rotate(desk: HelpDesk): Promise<Seen> {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const forget = desk.cloud.kernel.telemetry.onLog((_source, { message }) => {
    if (/^Secrets Manager: Rotation(Succeeded|Failed)/.test(message)) resolve(message);
  });
  return seen(async () => {
    try {
      await asClient(desk, 'secretsmanager', 'RotateSecret', { SecretId: desk.cloud.physicalIds()['DatabaseSecret'] });
    } catch (error) {
      if (!/will be reattempted/.test((error as Error).message)) throw error;
    }
    const message = await ended;
    if (/RotationFailed/.test(message)) throw new Refused(message);
    return message;
  }).finally(forget);
}

/** A new customer, confirmed as soon as signed up. */
export function signUp(desk: HelpDesk): Promise<Seen> {
  const { UserPool: UserPoolId, UserPoolClient: ClientId } = desk.cloud.physicalIds();
  const Username = `${randomUUID()}@example.com`;
  return seen(async () => {
    await asClient(desk, 'cognito-idp', 'SignUp', { ClientId, Username, Password: 'Correct-horse-7-battery' });
    await asClient(desk, 'cognito-idp', 'AdminConfirmSignUp', { UserPoolId, Username });
    const { Groups } = (await asClient(desk, 'cognito-idp', 'AdminListGroupsForUser', { UserPoolId, Username })) as {
      Groups: { GroupName: string }[];
    };
    if (!Groups.some(({ GroupName }) => GroupName === 'customer')) throw new Refused('signed up, and no customer');
    return 'signed up';
  });
}

const DELIVERIES: Readonly<Record<string, (id: string) => object>> = {
  email: (messageId) => ({ from: 'Ada <ada@example.com>', subject: 'Printer', text: 'On fire.', messageId }),
  chat: (messageId) => ({ user: 'ada@example.com', channel: 'C1', messageId, text: 'The printer is on fire.' }),
  generic: (externalId) => ({ requesterEmail: 'ada@example.com', subject: 'Printer', body: 'On fire.', externalId }),
};

/** Signed as its sender would, with the secret of the channel. */
export function deliver(desk: HelpDesk, channel: string): Promise<Seen> {
  const SecretId = desk.cloud.physicalIds()[`Webhook${channel.charAt(0).toUpperCase()}${channel.slice(1)}Secret`];
  const body = JSON.stringify(DELIVERIES[channel]?.(randomUUID()));
  const timestamp = String(Math.floor(Date.now() / 1_000));
  return seen(async () => {
    const secret = (await asClient(desk, 'secretsmanager', 'GetSecretValue', { SecretId })) as { SecretString: string };
    const digest = createHmac('sha256', secret.SecretString).update(`${timestamp}.${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'x-webhook-timestamp': timestamp,
      'x-webhook-signature': `v1=${digest}`,
    };
    const response = await fetch(`${desk.apiUrl}/webhooks/${channel}`, { method: 'POST', headers, body });
    return (await expectOk(response, 'the delivery')).text();
  });
}
