/** Requests of several steps, each of which a line of the template is for: files, drafts, rotation, signing up. */
import { randomUUID } from 'node:crypto';
import type { HelpDesk } from './help-desk.ts';
import type { Seen } from './probes.ts';

/** More tokens than the rest of a ticket has, so that a draft tells whether its file was read. */
const FILE = 'The printer by the window has been on fire since nine.\n'.repeat(160);
const TOKENS_OF_FILE = 1_500;

const ofTicket = { subject: 'Printer on fire', body: 'By the window.', requesterEmail: 'ada@example.com' };

/** A step answered otherwise than it should. */
class Refused extends Error {
  override readonly name = 'Refused';
}

async function seen(journey: () => Promise<string>): Promise<Seen> {
  try {
    return { works: true, told: await journey() };
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    if (name === 'Refused') return { works: false, told: message };
    if (code === undefined) throw error;
    return { works: false, told: `${code}: ${message}` };
  }
}

async function call(desk: HelpDesk, method: string, path: string, body?: object): Promise<Response> {
  const headers = { Authorization: await desk.token(), 'content-type': 'application/json' };
  const text = body && { body: JSON.stringify(body) };
  return expectOk(await fetch(`${desk.apiUrl}${path}`, { method, headers, redirect: 'manual', ...text }), path);
}

async function expectOk(response: Response, what: string): Promise<Response> {
  if (response.status < 400) return response;
  throw new Refused(`${what}: ${response.status} ${await response.text()}`);
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

async function makeTicket(desk: HelpDesk): Promise<string> {
  const { id } = (await (await call(desk, 'POST', '/tickets', ofTicket)).json()) as { id: string };
  return id;
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

const asClient = (desk: HelpDesk, service: string, operation: string, input: object): Promise<unknown> =>
  desk.cloud.kernel.dispatch({ caller: { kind: 'client' }, service, operation, input });

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
