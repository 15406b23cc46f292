/** Clients that leave in the middle: nothing of their transfers is held any longer. */
import { readdirSync, readlinkSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type S3Cloud, startS3 } from '../../services/s3/s3.fixture.ts';

/** Elsewhere nothing tells what a process has open. */
const onLinux = process.platform === 'linux' ? test : test.skip;

const ROUNDS = 40;
const SIZE = 8 * 1024 * 1024;

let cloud: S3Cloud;
let directory: string;
let get: URL;
let put: URL;
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  cloud = await startS3();
  directory = cloud.kernel.store.directory('s3');
  const object = { Bucket: 'left', Key: 'large' };
  await cloud.s3.send(new CreateBucketCommand({ Bucket: 'left' }));
  await cloud.s3.send(new PutObjectCommand({ ...object, Body: Buffer.alloc(SIZE, 'x') }));
  get = new URL(await getSignedUrl(cloud.s3, new GetObjectCommand(object)));
  put = new URL(await getSignedUrl(cloud.s3, new PutObjectCommand({ Bucket: 'left', Key: 'never' })));
});
afterAll(async () => {
  process.off('unhandledRejection', onRejection);
  await cloud[Symbol.asyncDispose]();
});

/** Files of objects that this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return path.startsWith(directory) ? [path] : [];
    } catch {
      // It was that of the listing itself.
      return [];
    }
  });
}

const filesKept = () =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

async function eventually(holds: () => boolean): Promise<void> {
  for (const until = Date.now() + 10_000; !holds() && Date.now() < until; ) {
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

async function expectNothingHeld(): Promise<void> {
  await eventually(() => openFiles().length === 0 && filesKept() === 1);
  expect({ open: openFiles(), kept: filesKept(), rejections }).toEqual({ open: [], kept: 1, rejections: [] });
}

const requestOf = ({ pathname, search, host }: URL): string =>
  `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

function open(): Socket {
  const socket = connect(cloud.endpoint.port, '127.0.0.1');
  socket.on('error', () => {});
  return socket;
}

const manyTimes = (once: (round: number) => Promise<void>) =>
  Promise.all(Array.from({ length: ROUNDS }, (_, round) => once(round)));

const gone = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

onLinux('downloads that are left before, at, or some bytes after their beginning', async () => {
  await manyTimes(async (round) => {
    const socket = open();
    let wanted = (round % 8) * 300_000;
    socket.on('data', (bytes) => {
      wanted -= bytes.length;
      if (wanted <= 0) socket.destroy();
    });
    socket.write(requestOf(get), () => {
      if (round % 8 === 0) socket.destroy();
    });
    await gone(socket);
  });
  await expectNothingHeld();
});

onLinux('downloads that wait behind another one on the same connection', async () => {
  await manyTimes(async (round) => {
    const socket = open();
    socket.once('data', () => socket.destroy());
    socket.write(requestOf(get).repeat(2 + (round % 3)));
    await gone(socket);
  });
  await expectNothingHeld();
});

onLinux('downloads that nobody reads', async () => {
  const sockets = Array.from({ length: ROUNDS }, open);
  for (const socket of sockets) socket.pause().write(requestOf(get));
  await eventually(() => openFiles().length === ROUNDS);
  expect(openFiles()).toHaveLength(ROUNDS);
  for (const socket of sockets) socket.destroy();
  await expectNothingHeld();
});

onLinux('streams of HTTP/2 that are reset, and sessions that end with them', async () => {
  await manyTimes(async (round) => {
    const session = connectHttp2(get.origin);
    session.on('error', () => {});
    const stream = session.request({ ':path': get.pathname + get.search });
    stream.on('error', () => {});
    await new Promise<void>((resolve) => stream.once('response', () => resolve()));
    if (round % 2) stream.close(8);
    else session.destroy();
    await new Promise<void>((resolve) => (stream.closed ? resolve() : stream.once('close', () => resolve())));
    session.destroy();
  });
  await expectNothingHeld();
});

onLinux('uploads that end before they are whole', async () => {
  const { pathname, search, host } = put;
  await manyTimes(async (round) => {
    const socket = open();
    socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${SIZE}\r\n\r\n`);
    socket.write(Buffer.alloc((round % 8) * 200_000), () => {
      if (round % 2) socket.destroy();
      else socket.end();
    });
    socket.resume();
    await gone(socket);
  });
  await expectNothingHeld();
  const Key = 'never';
  await expect(cloud.s3.send(new GetObjectCommand({ Bucket: 'left', Key }))).rejects.toThrow('does not exist');
  expect((await cloud.s3.send(new ListMultipartUploadsCommand({ Bucket: 'left' }))).Uploads).toBeUndefined();
});
