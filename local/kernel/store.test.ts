import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openStore, type Store, StoreError } from './index.ts';
import { asStoreError } from './store-error.ts';

const stores: Store[] = [];
const directories: string[] = [];

function open(stateDirectory = 'memory'): Store {
  const store = openStore(stateDirectory);
  stores.push(store);
  return store;
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  directories.push(directory);
  return directory;
}

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const key = fc.oneof(
  fc.constantFrom('', 'a', 'a/', 'a/b', 'b', 'é', '𝄞', '￿', 'a\u0000b'),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);

const document = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0 || 0),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', '$bytes', '$$bytes', 'bytes', 'constructor'), tie('value')),
  ),
})).value;

/** Byte order of UTF-8, which is SQLite's. */
const inKeyOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

type Command =
  | { readonly do: 'put'; readonly key: string; readonly value: unknown }
  | { readonly do: 'delete'; readonly key: string }
  | { readonly do: 'begin' | 'commit' | 'rollback' };

const command = fc.oneof<fc.Arbitrary<Command>[]>(
  fc.record({ do: fc.constant('put' as const), key, value: document }),
  fc.record({ do: fc.constant('delete' as const), key }),
  fc.record({ do: fc.constantFrom('begin' as const, 'commit' as const, 'rollback' as const) }),
);

class Undone extends Error {}

/** Runs commands up to the end of the innermost open transaction; the rest is left in `commands`. */
function run(commands: Command[], store: Store, oracle: Map<string, unknown>, nested: boolean): 'commit' | 'rollback' {
  const things = store.collection<unknown>('test', 'things');
  for (let next = commands.shift(); next; next = commands.shift()) {
    switch (next.do) {
      case 'put':
        things.put(next.key, next.value);
        oracle.set(next.key, next.value);
        break;
      case 'delete':
        expect(things.delete(next.key)).toBe(oracle.delete(next.key));
        break;
      case 'begin': {
        const inner = new Map(oracle);
        try {
          store.transaction(() => {
            if (run(commands, store, inner, true) === 'rollback') throw new Undone();
          });
          oracle.clear();
          for (const [name, value] of inner) oracle.set(name, value);
        } catch (error) {
          if (!(error instanceof Undone)) throw error;
        }
        break;
      }
      default:
        if (nested) return next.do;
    }
  }
  return 'commit';
}

describe('collections', () => {
  test('behave like a Map in key order, through transactions, nested ones and ones that fail', () => {
    const store = open();
    const things = store.collection<unknown>('test', 'things');
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), key, key, fc.nat(5), (commands, prefix, after, limit) => {
        for (const { key: name } of things.list()) things.delete(name);
        const oracle = new Map<string, unknown>();
        run([...commands], store, oracle, false);
        const all = [...oracle].sort(([a], [b]) => inKeyOrder(a, b)).map(([name, value]) => ({ key: name, value }));
        expect(things.list()).toEqual(all);
        for (const { key: name, value } of all) expect(things.get(name)).toEqual(value);
        const page = all.filter((entry) => entry.key.startsWith(prefix) && inKeyOrder(entry.key, after) > 0);
        expect(things.list({ prefix, after, limit })).toEqual(page.slice(0, limit));
        expect(things.list({ prefix })).toEqual(all.filter((entry) => entry.key.startsWith(prefix)));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('delete in one step what begins alike, and nothing else', () => {
    const store = open();
    const collection = store.collection<number>('a', 'b');
    for (const name of ['x', 'x/', 'x/1', 'x/ￔ𝄞', 'x0', 'y/1']) collection.put(name, 1);
    store.collection('a', 'c').put('x/1', 2);
    const before = store.writes('a', 'b');
    expect(collection.deleteAll('x/')).toBe(3);
    expect(store.writes('a', 'b')).toBeGreaterThan(before);
    expect(collection.list().map(({ key: name }) => name)).toEqual(['x', 'x0', 'y/1']);
    expect(store.collection('a', 'c').get('x/1')).toBe(2);
  });

  test('do not see each other', () => {
    const store = open();
    store.collection('a', 'x').put('k', 1);
    expect(store.collection('a', 'y').get('k')).toBeUndefined();
    expect(store.collection('b', 'x').list()).toEqual([]);
  });

  test('tell by a number that something of their service was written', () => {
    const store = open();
    const one = store.collection('one', 'a');
    const seen = [store.writes('one')];
    one.put('key', 1);
    seen.push(store.writes('one'));
    one.get('key');
    one.list();
    store.collection('two', 'a').put('key', 1);
    seen.push(store.writes('one'));
    one.delete('key');
    seen.push(store.writes('one'));
    expect(seen).toEqual([0, 1, 1, 2]);
  });

  test('tell so of one collection too, and of what is undone: who read meanwhile has what is not there', () => {
    const store = open();
    const documents = store.collection('one', 'a');
    const now = () => [store.writes('one'), store.writes('one', 'a'), store.writes('one', 'b')];
    const before = now();
    let within: number[] = [];
    const undone = () =>
      store.transaction(() => {
        documents.put('key', 1);
        within = now();
        throw new Error('undone');
      });
    expect(undone).toThrow('undone');
    expect(before).toEqual([0, 0, 0]);
    expect(within).toEqual([1, 1, 0]);
    expect(now()[1]).toBeGreaterThan(within[1]!);
    expect(now()[2]).toBe(0);
  });

  test('say nothing of what was not written in what is undone, however deep', () => {
    const store = open();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => store.collection<number>('one', name));
    const now = () => ['a', 'b', 'c'].map((name) => store.writes('one', name));
    const elsewhere = store.collection('two', 'a');
    elsewhere.put('key', 1);
    for (const one of [a, b, c]) one?.put('key', 1);
    const undone = (work: () => void) => () =>
      store.transaction(() => {
        work();
        throw new Undone();
      });
    expect(undone(() => undefined)).toThrow(Undone);
    expect(now()).toEqual([1, 1, 1]);
    store.transaction(() => {
      b?.put('key', 2);
      expect(undone(() => c?.put('key', 2))).toThrow(Undone);
    });
    expect(now()).toEqual([1, 2, 3]);
    expect(undone(() => store.transaction(() => a?.put('key', 2)))).toThrow(Undone);
    expect(now()).toEqual([3, 2, 3]);
    expect(store.writes('two')).toBe(1);
  });

  test('refuse what JSON would lose silently', () => {
    const things = open().collection<unknown>('a', 'x');
    for (const value of [undefined, Number.NaN, { x: Number.POSITIVE_INFINITY }, new Map(), [new Set()], () => 1, 1n]) {
      expect(() => things.put('k', value)).toThrow(TypeError);
    }
    expect(things.get('k')).toBeUndefined();
  });
});

describe('a transaction', () => {
  test('runs what waits for its commit afterwards, and never after a rollback', () => {
    const store = open();
    const ran: string[] = [];
    store.onCommit(() => ran.push('at once'));
    store.transaction(() => {
      store.onCommit(() => ran.push('outer'));
      store.transaction(() => store.onCommit(() => ran.push('inner')));
      expect(() =>
        store.transaction(() => {
          store.onCommit(() => ran.push('never'));
          throw new Undone();
        }),
      ).toThrow(Undone);
      expect(ran).toEqual(['at once']);
    });
    expect(ran).toEqual(['at once', 'outer', 'inner']);
  });

  test('refuses asynchronous work, and undoes what it did so far', () => {
    const store = open();
    const things = store.collection('a', 'x');
    expect(() => store.transaction(async () => things.put('k', 1))).toThrow('a transaction is synchronous');
    expect(things.get('k')).toBeUndefined();
  });
});

describe('the state directory', () => {
  test('keeps everything, and memory keeps nothing', () => {
    const directory = temporaryDirectory();
    const first = open(directory);
    first.collection('a', 'x').put('k', { bytes: new Uint8Array([0, 255]) });
    first.close();
    expect(open(directory).collection('a', 'x').get('k')).toEqual({ bytes: new Uint8Array([0, 255]) });

    const memory = open();
    const data = memory.directory('data');
    expect(existsSync(data)).toBe(true);
    memory.close();
    expect(existsSync(data)).toBe(false);
  });

  test('belongs to one process at a time; the second is told who has it', () => {
    const directory = temporaryDirectory();
    open(directory);
    expect(() => openStore(directory)).toThrow(StoreError);
    expect(() => openStore(directory)).toThrow(`in use by another sampan (process ${process.pid})`);
  });

  test('says what to do when it is damaged', () => {
    const directory = temporaryDirectory();
    writeFileSync(
      join(directory, 'sampan.db'),
      'this is not a database, and it is long enough to be looked at'.repeat(99),
    );
    expect(() => openStore(directory)).toThrow(/^the state in .* is damaged \(.*\): run "sampan reset"/);
    // The failed attempt must not keep the directory locked.
    rmSync(join(directory, 'sampan.db'));
    expect(open(directory).collection('a', 'x').list()).toEqual([]);
  });

  test('says so when a newer version wrote it', () => {
    const directory = temporaryDirectory();
    openStore(directory).close();
    const database = new DatabaseSync(join(directory, 'sampan.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openStore(directory)).toThrow(expect.objectContaining({ fault: 'newer' }));
  });

  test('says what to do when it cannot be written', () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(() => openStore(join(file, 'state'))).toThrow(expect.objectContaining({ fault: 'unwritable' }));
    expect(() => openStore(join(file, 'state'))).toThrow('choose another folder with --state');
  });

  test('turns a full disk into one clear error, and what was committed stays', () => {
    const directory = temporaryDirectory();
    const database = new DatabaseSync(join(directory, 'full.db'));
    database.exec('PRAGMA max_page_count = 4; CREATE TABLE t (x)');
    let cause: unknown;
    try {
      for (;;) database.prepare('INSERT INTO t VALUES (zeroblob(1000))').run();
    } catch (error) {
      cause = error;
    } finally {
      database.close();
    }
    expect(asStoreError(cause, directory)).toMatchObject({
      fault: 'full',
      message: expect.stringMatching(/^no room left for the state in .*: free some disk space/),
    });
  });
});

test('kill -9 in the middle of writing loses nothing that was acknowledged', async () => {
  const directory = temporaryDirectory();
  const module = join(process.cwd(), 'local/kernel/sqlite-store.ts');
  const program = `
    import { openStore } from ${JSON.stringify(module)};
    const things = openStore(${JSON.stringify(directory)}).collection('a', 'x');
    for (let n = 0; ; n++) {
      things.put(String(n), { n, text: 'x'.repeat(500) });
      process.stdout.write(n + '\\n');
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }`;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = -1;
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  for await (const line of createInterface({ input: child.stdout! })) {
    acknowledged = Number(line);
    if (acknowledged === 2_000) child.kill('SIGKILL');
  }
  await ended;
  expect(acknowledged).toBeGreaterThanOrEqual(2_000);
  const things = open(directory).collection<{ n: number }>('a', 'x');
  for (let n = 0; n <= acknowledged; n++) expect(things.get(String(n))?.n).toBe(n);
}, 60_000);
