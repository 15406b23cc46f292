import { AwsError } from '../../../kernel/aws-error.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { openStore } from '../../../kernel/sqlite-store.ts';
import type { Store } from '../../../kernel/store.ts';
import type { Mapping } from '../event-source-mappings/contract.ts';
import type { Functions } from '../functions/functions.ts';
import { type LambdaRecords, openRecords } from '../records.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import { createProactiveInitialization } from './proactive-initialization.ts';

let store: Store;
let records: LambdaRecords;
let clock: ManualClock;
/** In the order in which they were begun; called, the init phase is over. */
let begun: { readonly name: string; readonly isBackground: boolean; readonly end: () => void }[];
let pools: Map<string, EnvironmentPool>;
let prepared: string[];

beforeEach(() => {
  store = openStore('memory');
  records = openRecords(store);
  clock = new ManualClock();
  begun = [];
  prepared = [];
  pools = new Map();
});
afterEach(() => store.close());

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

function add(name: string): void {
  const initialiseAhead = (isBackground: boolean) =>
    new Promise<void>((end) => begun.push({ name, isBackground, end }));
  pools.set(name, { initialiseAhead } as EnvironmentPool);
}

function map(name: string, enabled = true): void {
  records.eventSourceMappings.put(`mapping-of-${name}`, { functionArn: arnOf(name), enabled } as Mapping);
}

function permit(functionName: string, Service: string, routes = 1): void {
  const statement = {
    Sid: 's',
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Resource: '*',
    Principal: { Service },
  };
  records.policies.put(arnOf(functionName), {
    functionName,
    revisionId: 'r',
    statements: Array(routes).fill(statement),
  });
}

function open(most = 10) {
  const target = (name: string) => {
    const pool = pools.get(name);
    if (!pool) throw new AwsError('ResourceNotFoundException', 'gone', { statusCode: 404 });
    return { runner: { kind: 'pool', pool } };
  };
  const proactive = createProactiveInitialization(most);
  return {
    begin: () => proactive.begin(async (name) => void prepared.push(name)),
    ...proactive.fill({ records, clock, functions: { target } as unknown as Functions }),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const names = () => begun.map(({ name }) => name);

async function endAll(): Promise<void> {
  for (let ended = 0; ended < begun.length; ended += 1) {
    begun[ended]?.end();
    await turn();
  }
}

test('where most routes lead comes first, then what reads queues, then the others with a URL or routes: one after the other, each once', async () => {
  for (const name of ['api', 'large-api', 'reader', 'both', 'off', 'url', 'scheduled', 'plain']) add(name);
  map('reader');
  map('off', false);
  map('deleted');
  permit('api', 'apigateway.amazonaws.com');
  permit('large-api', 'apigateway.amazonaws.com', 2);
  map('both');
  permit('both', 'apigateway.amazonaws.com');
  permit('scheduled', 'events.amazonaws.com');
  records.urls.put('url', { functionName: 'url', urlId: 'u' } as never);
  const { begin } = open();
  await turn();
  expect(names()).toEqual([]);
  begin();
  await turn();
  expect(names()).toEqual(['large-api']);
  begun[0]?.end();
  await turn();
  expect(names()).toEqual(['large-api', 'both']);
  await endAll();
  expect(names()).toEqual(['large-api', 'both', 'reader', 'api', 'url']);
  // When all are there.
  expect(prepared).toEqual(['large-api', 'both', 'reader', 'api', 'url']);
  // What is waited for stands back for nobody.
  expect(begun.filter(({ isBackground }) => isBackground).map(({ name }) => name)).toEqual(['reader']);
});

test('no more than the machine is to bear', async () => {
  for (const name of ['a', 'b', 'c']) add(name);
  for (const name of ['a', 'b', 'c']) map(name);
  open(2).begin();
  await endAll();
  expect(names()).toEqual(['a', 'b']);
});

test('a function that changes gets one anew, a moment after the last change; what has ended for itself does not', async () => {
  for (const name of ['a', 'b']) add(name);
  for (const name of ['a', 'b']) map(name);
  const { begin, functionsChanged } = open();
  functionsChanged();
  await clock.advance(60_000);
  expect(names()).toEqual([]);
  begin();
  await endAll();
  add('b');
  functionsChanged();
  await clock.advance(900);
  functionsChanged();
  await clock.advance(900);
  expect(names()).toEqual(['a', 'b']);
  await clock.advance(100);
  expect(names()).toEqual(['a', 'b', 'b']);
});

test('what changes meanwhile is waited for', async () => {
  for (const name of ['a', 'b']) add(name);
  for (const name of ['a', 'b']) map(name);
  const { begin, functionsChanged } = open();
  begin();
  functionsChanged();
  begun[0]?.end();
  await turn();
  expect(names()).toEqual(['a']);
  await clock.advance(1_000);
  expect(names()).toEqual(['a', 'b']);
});

test('once stopped it starts nothing, and reads nothing', async () => {
  for (const name of ['a', 'b']) add(name);
  for (const name of ['a', 'b']) map(name);
  const { begin, functionsChanged, stop } = open();
  begin();
  stop();
  pools.clear();
  functionsChanged();
  begun[0]?.end();
  await clock.advance(60_000);
  expect(names()).toEqual(['a']);
  expect(clock.waiting).toBe(0);
});
