import { randomUUID } from 'node:crypto';
import {
  ConnectionLostError,
  createDatabase,
  type Database,
  type DatabaseOptions,
  DatabaseUnavailableError,
  PoolExhaustedError,
  QueryTimeoutError,
} from '@app/shared/database';
import type { Credentials } from '@app/shared/secrets';
import { type MariaDb, startMariaDb } from './mariadb.ts';
import { type Wire, wireTo } from './network.ts';

let server: MariaDb;
let wire: Wire;
const opened: Database[] = [];

beforeAll(async () => {
  server = await startMariaDb();
  await server.administer(
    'CREATE DATABASE pool CHARACTER SET utf8mb4',
    'CREATE TABLE pool.entries (id CHAR(36) PRIMARY KEY, content TEXT)',
  );
}, 30_000);

beforeEach(async () => {
  wire = await wireTo(server.port);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await wire.close();
});

afterAll(() => server.stop());

function database(options: Partial<DatabaseOptions> = {}): Database {
  const created = createDatabase({
    host: 'localhost',
    port: wire.port,
    name: 'pool',
    credentials: async () => server.admin,
    certificateAuthority: server.certificateAuthority,
    poolSize: 1,
    queryTimeoutMs: 1_500,
    ...options,
  });
  opened.push(created);
  return created;
}

async function connectionId(on: Database): Promise<number> {
  const [row] = await on.read<{ id: number }>('SELECT CONNECTION_ID() AS id');
  return row!.id;
}

async function stored(id: string): Promise<unknown[]> {
  const [rows] = await server.administer(`SELECT content FROM pool.entries WHERE id = '${id}'`);
  return rows as unknown[];
}

const INSERT = 'INSERT INTO entries (id, content) VALUES (?, ?)';

describe('TLS', () => {
  test('is used, and the server is who it says it is', async () => {
    const [row] = await database().read<{ Value: string }>("SHOW STATUS LIKE 'Ssl_version'");
    expect(row!.Value).toBe('TLSv1.3');
  });

  test('a certificate of an unknown authority is refused', async () => {
    const stranger = database({ certificateAuthority: '' });
    await expect(stranger.read('SELECT 1')).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
      cause: { code: 'HANDSHAKE_SSL_ERROR' },
    });
  });

  test('a certificate for another host is refused', async () => {
    const elsewhere = await startMariaDb('elsewhere.example');
    try {
      const { port, certificateAuthority } = elsewhere;
      for (const host of ['localhost', '127.0.0.1']) {
        await expect(database({ host, port, certificateAuthority }).read('SELECT 1')).rejects.toMatchObject({
          cause: { code: 'HANDSHAKE_SSL_ERROR', message: expect.stringContaining('elsewhere.example') },
        });
      }
    } finally {
      await elsewhere.stop();
    }
  }, 20_000);

  test('an address instead of a name is taken for localhost', async () => {
    await expect(database({ host: '127.0.0.1' }).read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});

describe('values', () => {
  test.each([
    "Robert'); DROP TABLE entries;--",
    '\\\' OR 1=1 -- " ` \u0000 \n \r \u001a',
    '<script>alert("x")</script>',
    '😀 é 日本語 \u202e',
    '? ?? :name',
  ])('%j is stored as it is', async (content) => {
    const id = randomUUID();
    const it = database();
    await it.write(INSERT, [id, content]);
    expect(await it.read('SELECT content FROM entries WHERE id = ?', [id])).toEqual([{ content }]);
  });

  test('large and exact numbers lose nothing', async () => {
    const [row] = await database().read(
      'SELECT 9007199254740993 AS big, 42 AS small, CAST(0.1 AS DECIMAL(30,20)) AS exact',
    );
    expect(row).toEqual({ big: '9007199254740993', small: 42, exact: '0.10000000000000000000' });
  });

  test('an object as a parameter does not become SQL', async () => {
    const trick = { id: '1' } as unknown as string;
    expect(await database().read('SELECT id FROM entries WHERE id = ?', [trick])).toEqual([]);
  });
});

describe('a lost connection', () => {
  test('killed while idle: the next read and the next transaction do not notice', async () => {
    const it = database();
    await server.administer(`KILL ${await connectionId(it)}`);
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);

    await server.administer(`KILL ${await connectionId(it)}`);
    const id = randomUUID();
    await it.transaction((statements) => statements.write(INSERT, [id, 'after a kill']));
    expect(await stored(id)).toHaveLength(1);
  });

  test('killed under a read: it runs again on a new connection', async () => {
    const it = database({ queryTimeoutMs: 5_000 });
    const id = await connectionId(it);
    const reading = it.read('SELECT CONNECTION_ID() AS id, SLEEP(0.5) AS slept');
    setTimeout(() => void server.administer(`KILL ${id}`), 150);
    const [row] = (await reading) as [{ id: number; slept: number }];
    expect(row).toEqual({ id: expect.any(Number), slept: 0 });
    expect(row.id).not.toBe(id);
  });

  test('killed under a write: the write is not repeated', async () => {
    const it = database({ queryTimeoutMs: 5_000 });
    const id = await connectionId(it);
    const key = randomUUID();
    const before = wire.accepted;
    const writing = it.write('INSERT INTO entries (id, content) SELECT ?, SLEEP(0.6)', [key]);
    setTimeout(() => void server.administer(`KILL ${id}`), 150);
    await expect(writing).rejects.toBeInstanceOf(ConnectionLostError);
    expect(await stored(key)).toEqual([]);
    expect(wire.accepted).toBe(before);
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  test('cut inside a transaction: nothing is kept, and the work is not repeated', async () => {
    const it = database();
    const id = randomUUID();
    let runs = 0;
    const work = it.transaction(async (statements) => {
      runs++;
      await statements.write(INSERT, [id, 'half']);
      wire.cut();
      await statements.write(INSERT, [randomUUID(), 'other half']);
    });
    await expect(work).rejects.toBeInstanceOf(ConnectionLostError);
    expect(runs).toBe(1);
    expect(await stored(id)).toEqual([]);
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  test('thirty times in a row, the wire cut while idle', async () => {
    const it = database();
    for (let round = 0; round < 30; round++) {
      await expect(it.read('SELECT ? AS round', [round])).resolves.toEqual([{ round }]);
      wire.cut();
    }
  });

  test('a restarted server is found again', async () => {
    const it = database();
    await connectionId(it);
    await server.restart();
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  }, 20_000);

  test('no server at all is DatabaseUnavailableError', async () => {
    const port = wire.port;
    await wire.close();
    await expect(database({ port }).read('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    wire = await wireTo(server.port);
  });
});

describe('time limits', () => {
  test('a slow query ends its connection, and the next one gets its own answer', async () => {
    const it = database({ queryTimeoutMs: 300 });
    const id = await connectionId(it);
    await expect(it.read('SELECT SLEEP(1) AS slept')).rejects.toBeInstanceOf(QueryTimeoutError);
    await expect(it.read('SELECT 7 AS seven')).resolves.toEqual([{ seven: 7 }]);
    expect(await connectionId(it)).not.toBe(id);
  });

  test('in a transaction too, with everything before it undone', async () => {
    const it = database({ queryTimeoutMs: 300 });
    const id = randomUUID();
    const work = it.transaction(async (statements) => {
      await statements.write(INSERT, [id, 'x']);
      await statements.read('SELECT SLEEP(0.8)');
    });
    await expect(work).rejects.toBeInstanceOf(QueryTimeoutError);
    await expect(it.read('SELECT 7 AS seven')).resolves.toEqual([{ seven: 7 }]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await stored(id)).toEqual([]);
  });

  test('a frozen server: time-out while it is frozen, fine when it has thawed', async () => {
    const it = database({ queryTimeoutMs: 300, connectTimeoutMs: 400 });
    await connectionId(it);
    await server.freeze();
    try {
      await expect(it.read('SELECT 1')).rejects.toBeInstanceOf(QueryTimeoutError);
      const started = performance.now();
      await expect(it.read('SELECT 1')).rejects.toMatchObject({ cause: { code: 'ETIMEDOUT' } });
      expect(performance.now() - started).toBeLessThan(1_500);
    } finally {
      server.thaw();
    }
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  test('a wire gone silent: time-out, then a new connection', async () => {
    const it = database({ queryTimeoutMs: 300, connectTimeoutMs: 400 });
    await connectionId(it);
    wire.silence();
    await expect(it.read('SELECT 1')).rejects.toBeInstanceOf(QueryTimeoutError);
    await expect(it.read('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    wire.restore();
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});

describe('the pool', () => {
  test('never holds more connections than its size', async () => {
    const it = database({ poolSize: 2 });
    await Promise.all(Array.from({ length: 20 }, () => it.read('SELECT SLEEP(0.01)')));
    expect(wire.accepted).toBe(2);
  });

  test('turns callers away beyond its queue, at once', async () => {
    const it = database({ queueLimit: 2, queryTimeoutMs: 3_000 });
    await it.read('SELECT 1');
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => it.read('SELECT SLEEP(0.1)')));
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(2);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(PoolExhaustedError);
  });

  test('a transaction that waits for its own connection is told so instead of hanging', async () => {
    const it = database({ acquireTimeoutMs: 200 });
    const id = randomUUID();
    const work = it.transaction(async (statements) => {
      await statements.write(INSERT, [id, 'x']);
      await it.read('SELECT 1');
    });
    await expect(work).rejects.toBeInstanceOf(PoolExhaustedError);
    expect(await stored(id)).toEqual([]);
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  test('too many connections is DatabaseUnavailableError', async () => {
    await server.administer(
      "CREATE OR REPLACE USER 'narrow'@'%' IDENTIFIED BY 'n' REQUIRE SSL WITH MAX_USER_CONNECTIONS 1",
    );
    const narrow = { credentials: async () => ({ username: 'narrow', password: 'n' }), name: undefined };
    await database(narrow).read('SELECT 1');
    await expect(database(narrow).read('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
  });
});

describe('transactions', () => {
  test('an error of the work rolls back, and comes out as it was thrown', async () => {
    const it = database();
    const id = randomUUID();
    const refusal = new Error('no');
    const work = it.transaction(async (statements) => {
      await statements.write(INSERT, [id, 'x']);
      throw refusal;
    });
    await expect(work).rejects.toBe(refusal);
    expect(await stored(id)).toEqual([]);
    expect(wire.accepted).toBe(1);
    await it.read('SELECT 1');
    expect(wire.accepted).toBe(1);
  });

  test('an error of a statement rolls back, and carries neither statement nor values', async () => {
    const it = database();
    const id = randomUUID();
    const work = it.transaction(async (statements) => {
      await statements.write(INSERT, [id, 'confidential']);
      await statements.write(INSERT, [id, 'confidential']);
    });
    const error = await work.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ER_DUP_ENTRY' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('confidential');
    expect(await stored(id)).toEqual([]);
  });

  test('a deadlock is run again', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await server.administer(`INSERT INTO pool.entries VALUES ('${first}', '0'), ('${second}', '0')`);
    const it = database({ poolSize: 2, queryTimeoutMs: 5_000 });
    let runs = 0;
    let arrived = 0;
    let open = (): void => {};
    const bothLocked = new Promise<void>((resolve) => {
      open = resolve;
    });
    const swap = (one: string, other: string): Promise<void> =>
      it.transaction(async (statements) => {
        runs++;
        await statements.write('UPDATE entries SET content = content + 1 WHERE id = ?', [one]);
        if (++arrived === 2) open();
        await bothLocked;
        await statements.write('UPDATE entries SET content = content + 1 WHERE id = ?', [other]);
      });
    await Promise.all([swap(first, second), swap(second, first)]);
    expect(runs).toBe(3);
    expect(await stored(first)).toEqual([{ content: '2' }]);
    expect(await stored(second)).toEqual([{ content: '2' }]);
  });

  test('a statement after the end is refused', async () => {
    const it = database();
    let escaped: (() => Promise<unknown>) | undefined;
    await it.transaction(async (statements) => {
      escaped = () => statements.read('SELECT 1');
    });
    await expect(escaped!()).rejects.toThrow('await every statement');
  });

  test('a session keeps one connection and leaves none behind', async () => {
    const it = database();
    const locked = await it.session(async (statements) => {
      await statements.read("SELECT GET_LOCK('session-test', 0)");
      const [row] = await statements.read<{ mine: number }>(
        "SELECT IS_USED_LOCK('session-test') = CONNECTION_ID() AS mine",
      );
      return row!.mine;
    });
    expect(locked).toBe(1);
    await expect(it.read("SELECT GET_LOCK('session-test', 2) AS free")).resolves.toEqual([{ free: 1 }]);
  });

  test('a session that is aborted gives back what belongs to its connection when the statement under way ends, and sends nothing more', async () => {
    const it = database();
    const abort = new AbortController();
    let after: Promise<unknown> | undefined;
    const working = it.session(async (statements) => {
      await statements.read("SELECT GET_LOCK('session-test', 0)");
      setTimeout(() => {
        abort.abort(new Error('no time left'));
        after = statements.read('SELECT 1').catch((error: Error) => error.message);
      }, 50);
      await statements.read('SELECT SLEEP(0.4)');
    }, abort.signal);
    await expect(working).rejects.toThrow('no time left');
    expect(await after).toMatch(/is over/);
    await expect(it.read("SELECT GET_LOCK('session-test', 2) AS free")).resolves.toEqual([{ free: 1 }]);
    await expect(it.session(async () => 'begun', abort.signal)).rejects.toThrow('no time left');
  });
});

describe('a changed password', () => {
  const reads: boolean[] = [];
  let current: Credentials;
  const credentials: DatabaseOptions['credentials'] = async ({ fresh }) => {
    reads.push(fresh);
    return fresh ? current : { username: 'rotated', password: 'before' };
  };

  beforeEach(async () => {
    reads.length = 0;
    current = { username: 'rotated', password: 'before' };
    await server.administer(
      "CREATE OR REPLACE USER 'rotated'@'%' IDENTIFIED BY 'before' REQUIRE SSL",
      "GRANT ALL ON pool.* TO 'rotated'@'%'",
    );
  });

  const rotate = async (password: string): Promise<void> => {
    current = { username: 'rotated', password };
    await server.administer(`ALTER USER 'rotated'@'%' IDENTIFIED BY '${password}'`);
  };

  test('an open connection lives on; a new one reads the secret once, and the same pool goes on', async () => {
    const it = database({ credentials });
    await it.read('SELECT 1');
    await rotate('after');
    await it.read('SELECT 1');
    expect(reads).toEqual([false]);

    wire.cut();
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    expect(reads).toEqual([false, true]);

    wire.cut();
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    expect(reads).toEqual([false, true]);
  });

  test('several connections refused at once share one reading', async () => {
    await rotate('after');
    const it = database({ credentials, poolSize: 4 });
    await Promise.all(Array.from({ length: 8 }, () => it.read('SELECT SLEEP(0.05)')));
    expect(reads).toEqual([false, true]);
  });

  test('a secret that is wrong altogether is read once more, not for ever', async () => {
    await server.administer("ALTER USER 'rotated'@'%' IDENTIFIED BY 'something else'");
    const it = database({ credentials });
    const error = await it.read('SELECT 1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ cause: { code: 'ER_ACCESS_DENIED_ERROR' } });
    expect(reads).toEqual([false, true]);
  });

  test('a secret that cannot be read is tried again with the next statement', async () => {
    let failures = 1;
    const it = database({
      credentials: async () => {
        if (failures-- > 0) throw new Error('no such secret');
        return server.admin;
      },
    });
    await expect(it.read('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(it.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});
