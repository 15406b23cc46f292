import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { createDatabase, type Database, DatabaseUnavailableError, letsIn, type Statements } from '@app/shared/database';
import { announceAttachment, decideAttachment, type Verdict } from '../../../domain/attachment.ts';
import { uuidV7 } from '../../../domain/identifiers.ts';
import { AttachmentNotFound, TicketNotFound, VersionMoved } from '../../../domain/problems.ts';
import { addMessage, changeTicket, type Moment, openTicket, sizeOf, type Ticket } from '../../../domain/ticket.ts';
import { type FileRepository, fileRepository } from '../../../functions/attachment-processor/repository.ts';
import { type AttachmentRepository, attachmentRepository } from '../../../functions/attachments/repository.ts';
import { AccessError } from '../../../functions/migrate-database/access.ts';
import { applyMigrations, type Migration } from '../../../functions/migrate-database/apply.ts';
import { type Dependencies, migrate } from '../../../functions/migrate-database/migrate.ts';
import { migrations } from '../../../functions/migrate-database/migrations.ts';
import { type TicketRepository, ticketRepository } from '../../../functions/tickets/repository.ts';
import { type MariaDb, startMariaDb } from './mariadb.ts';

const SCHEMA = 'help_desk';
const APPLICATION = { username: 'help_desk_app', password: 'it\'s a \\ "secret" ; -- `' };

let server: MariaDb;
let admin: Database;
let application: Database;
let repository: TicketRepository;
let attachments: AttachmentRepository;
let files: FileRepository;

function connect(credentials: { username: string; password: string }, name?: string): Database {
  return createDatabase({
    host: server.host,
    port: server.port,
    credentials: async () => credentials,
    certificateAuthority: server.certificateAuthority,
    poolSize: 2,
    ...(name === undefined ? {} : { name }),
  });
}

function dependencies(changes: Partial<Dependencies> = {}): Dependencies {
  return {
    database: admin,
    schema: SCHEMA,
    applicationCredentials: async () => APPLICATION,
    accepts: (credentials) => letsIn(connect(credentials)),
    migrations,
    patienceMs: 0,
    pause: async () => {},
    signal: new AbortController().signal,
    ...changes,
  };
}

const inSchema = <T>(work: (statements: Statements) => Promise<T>): Promise<T> =>
  admin.session(async (statements) => {
    await statements.write(`USE ${SCHEMA}`);
    return await work(statements);
  });

let second = 0;
/** Each call one second later, so that orders are decided by time unless a test wants otherwise. */
const moment = (at?: string): Moment => ({
  at: at ?? new Date(Date.UTC(2026, 10, 21, 3, 0, second++)).toISOString(),
  newId: () => uuidV7(Date.now(), randomBytes),
});

async function opened(
  subject: string,
  body = 'It does not work',
  at?: string,
  requesterEmail = 'ada@example.com',
): Promise<Ticket> {
  const made = openTicket({ subject, body, requesterEmail }, moment(at));
  await repository.open(made);
  return made.ticket;
}

beforeAll(async () => {
  server = await startMariaDb();
  admin = connect(server.admin);
  application = connect(APPLICATION, SCHEMA);
  repository = ticketRepository(application);
  attachments = attachmentRepository(application);
  files = fileRepository(application);
}, 30_000);

afterAll(async () => {
  await Promise.all([admin.close(), application.close()]);
  await server.stop();
});

describe('migrations', () => {
  test('are applied in order, once', async () => {
    const names = migrations.map(({ name }) => name);
    expect(await migrate(dependencies())).toEqual({ applied: names, schemaVersion: names.at(-1) });
    expect(await migrate(dependencies())).toEqual({ applied: [], schemaVersion: names.at(-1) });
    const history = await inSchema((statements) => statements.read('SELECT name FROM schema_migrations ORDER BY name'));
    expect(history).toEqual(names.map((name) => ({ name })));
  });

  test('may run again from their beginning, as after a failure half-way', async () => {
    await inSchema((statements) => statements.write('DELETE FROM schema_migrations'));
    const { applied } = await migrate(dependencies());
    expect(applied).toEqual(migrations.map(({ name }) => name));
  });

  test('two runners at once apply each file once', async () => {
    await inSchema((statements) => statements.write('DELETE FROM schema_migrations'));
    const reports = await Promise.all([migrate(dependencies()), migrate(dependencies())]);
    expect(reports.flatMap(({ applied }) => applied).sort()).toEqual(migrations.map(({ name }) => name));
  });

  test('a changed file that has been applied is an error', async () => {
    const changed = migrations.map((migration, index) =>
      index === 0 ? { ...migration, sql: `${migration.sql} -- and more` } : migration,
    );
    await expect(migrate(dependencies({ migrations: changed }))).rejects.toThrow(
      '0001-tickets was changed after it had been applied',
    );
  });

  test('a failing statement is named; what ran before it stays applied, and nothing after it runs', async () => {
    const more: Migration[] = [
      ...migrations,
      { name: '9001-good', sql: 'CREATE TABLE IF NOT EXISTS good (id INT);' },
      { name: '9002-bad', sql: '-- first\nSELECT 1;\nCREATE TALBE bad (id INT);' },
      { name: '9003-never', sql: 'CREATE TABLE never (id INT)' },
    ];
    await expect(migrate(dependencies({ migrations: more }))).rejects.toThrow(/^9002-bad, statement 2 of 2: .*TALBE/);
    const tables = await inSchema((statements) => statements.read("SHOW TABLES LIKE '%ood'"));
    expect(tables).toHaveLength(1);
    const repaired = more.with(-2, { name: '9002-bad', sql: 'CREATE TABLE bad (id INT)' });
    expect(await inSchema((statements) => applyMigrations(statements, repaired))).toEqual(['9002-bad', '9003-never']);
    await inSchema(async (statements) => {
      await statements.write('DROP TABLE good, bad, never');
      await statements.write("DELETE FROM schema_migrations WHERE name > '9'");
    });
  });

  test('a lock held by somebody else is waited for', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let locked = (): void => {};
    const taken = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const other = admin.session(async (statements) => {
      await statements.read("SELECT GET_LOCK('help-desk-migrations', 0)");
      locked();
      await held;
    });
    await taken;
    const running = migrate(dependencies());
    const first = await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 200, 'waiting'))]);
    expect(first).toBe('waiting');
    release();
    await other;
    await expect(running).resolves.toMatchObject({ applied: [] });
  });
});

describe('a database that is not there yet', () => {
  let away: Database;

  beforeAll(() => {
    away = connect({ username: 'nobody', password: 'nothing' });
  });

  afterAll(() => away.close());

  test('is waited for', async () => {
    let waits = 0;
    const starting: Database = { ...admin, read: (sql, values) => (waits < 2 ? away : admin).read(sql, values) };
    const report = migrate(
      dependencies({
        database: starting,
        patienceMs: 5_000,
        pause: async () => {
          waits++;
        },
      }),
    );
    await expect(report).resolves.toMatchObject({ applied: [] });
    expect(waits).toBe(2);
  });

  test('is not waited for longer than allowed', async () => {
    let waited = 0;
    const pause = async (ms: number): Promise<void> => {
      waited += ms;
    };
    await expect(migrate(dependencies({ database: away, patienceMs: 3_000, pause }))).rejects.toBeInstanceOf(
      DatabaseUnavailableError,
    );
    expect(waited).toBe(3_000);
  });
});

describe("the application's user", () => {
  test('that cannot be made is reported without its password', async () => {
    const impossible = { username: 'x'.repeat(200), password: "the pass'word" };
    const error = await migrate(dependencies({ applicationCredentials: async () => impossible })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AccessError);
    expect((error as Error).message).toBe('CREATE USER for the application failed: ER_WRONG_STRING_LENGTH');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('pass');
  });

  test('that has two passwords, as while one is rotated, keeps both', async () => {
    const pending = { ...APPLICATION, password: 'pending' };
    await admin.write(
      "ALTER USER ?@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD(?) OR mysql_native_password USING PASSWORD(?)",
      [APPLICATION.username, pending.password, APPLICATION.password],
    );
    await migrate(dependencies());
    for (const credentials of [APPLICATION, pending]) {
      const database = connect(credentials, SCHEMA);
      await expect(database.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
      await database.close();
    }
  });

  test('gets a changed password, and the old one no longer works', async () => {
    const before = connect(APPLICATION, SCHEMA);
    const after = { ...APPLICATION, password: 'another' };
    await migrate(dependencies({ applicationCredentials: async () => after }));
    await expect(before.read('SELECT 1')).rejects.toMatchObject({ cause: { code: 'ER_ACCESS_DENIED_ERROR' } });
    const renewed = connect(after, SCHEMA);
    await expect(renewed.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await Promise.all([before.close(), renewed.close()]);
    await migrate(dependencies());
  });

  test('gets the password of now, though it was rotated while the database was waited for', async () => {
    const rotated = { ...APPLICATION, password: 'rotated' };
    let current: typeof APPLICATION = APPLICATION;
    const away = connect({ username: 'nobody', password: 'nothing' });
    let waits = 0;
    await migrate(
      dependencies({
        database: { ...admin, read: (sql, values) => (waits === 0 ? away : admin).read(sql, values) },
        applicationCredentials: async () => current,
        patienceMs: 1_000,
        pause: async () => {
          waits += 1;
          current = rotated;
          await admin.write("ALTER USER ?@'%' IDENTIFIED BY ?", [rotated.username, rotated.password]);
        },
      }),
    );
    const database = connect(rotated, SCHEMA);
    await expect(database.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await Promise.all([away.close(), database.close()]);
    await migrate(dependencies());
  });

  test('is not touched by work that was given up, whenever its process goes on', async () => {
    const given = new AbortController();
    let asked = 0;
    const late = { username: 'too_late', password: 'too late' };
    const work = migrate(
      dependencies({
        signal: given.signal,
        async applicationCredentials() {
          asked += 1;
          if (asked === 2) given.abort(new Error('there was no time left'));
          return late;
        },
      }),
    );
    await expect(work).rejects.toThrow('there was no time left');
    expect(asked).toBe(2);
    expect(await admin.read('SELECT User FROM mysql.user WHERE User = ?', [late.username])).toEqual([]);
  });

  test('may use rows, and nothing else', async () => {
    const grants = (await admin.read<Record<string, string>>('SHOW GRANTS FOR ?', [APPLICATION.username]))
      .flatMap((row) => Object.values(row))
      .join('\n');
    expect(grants).toContain('GRANT SELECT, INSERT, UPDATE, DELETE ON `help\\_desk`.* TO');
    expect(grants).toContain('REQUIRE SSL');
    expect(grants.match(/GRANT/g)).toHaveLength(2);
    await expect(application.write('DROP TABLE messages')).rejects.toMatchObject({
      code: 'ER_TABLEACCESS_DENIED_ERROR',
    });
    await expect(application.read('SELECT user FROM mysql.user')).rejects.toMatchObject({
      code: 'ER_TABLEACCESS_DENIED_ERROR',
    });
  });
});

describe('tickets', () => {
  beforeAll(async () => {
    await migrate(dependencies());
  });

  beforeEach(async () => {
    await application.write('DELETE FROM outbox');
    await application.write('DELETE FROM tickets');
  });

  const events = async (ticketId: string): Promise<unknown[]> => {
    const rows = await application.read<{ detail: string | object }>(
      'SELECT detail FROM outbox WHERE ticket_id = ? ORDER BY position',
      [ticketId],
    );
    return rows.map(({ detail }) => (typeof detail === 'string' ? JSON.parse(detail) : detail));
  };

  test('are stored with their first message and their event, text as it came', async () => {
    const nasty = `<b>"it's"</b> \\ '); DROP TABLE tickets;-- 😀\n\ttail `;
    const made = openTicket({ subject: "O'Hara \\ 😀", body: nasty, requesterEmail: 'ada@example.com' }, moment());
    await repository.open(made);
    expect(await repository.find(made.ticket.id)).toEqual(made.ticket);
    expect(await repository.contents(made.ticket.id)).toEqual({ messages: [made.message], attachments: [] });
    expect(await events(made.ticket.id)).toEqual(made.events);
  });

  test('a failure on the way leaves nothing behind', async () => {
    const made = openTicket({ subject: 'Half', body: 'x', requesterEmail: 'ada@example.com' }, moment());
    const twice = { ...made, events: [...made.events, ...made.events] };
    await expect(repository.open(twice)).rejects.toMatchObject({ code: 'ER_DUP_ENTRY' });
    expect(await repository.find(made.ticket.id)).toBeUndefined();
    expect(await events(made.ticket.id)).toEqual([]);
  });

  test('what is not there is undefined, or TicketNotFound when it is to change', async () => {
    const id = uuidV7(0, randomBytes);
    expect(await repository.find(id)).toBeUndefined();
    await expect(repository.change(id, (ticket) => ({ ticket, events: [] }))).rejects.toBeInstanceOf(TicketNotFound);
    await expect(
      repository.reply(id, (ticket, size) => addMessage(ticket, { body: 'x', author: 'x' }, size, moment())),
    ).rejects.toBeInstanceOf(TicketNotFound);
  });

  test('change, and tell of it', async () => {
    const { id } = await opened('Printer');
    const changed = await repository.change(id, (ticket) =>
      changeTicket(ticket, { status: 'resolved', priority: 'high', assignee: 'grace' }, moment()),
    );
    expect(await repository.find(id)).toEqual(changed.ticket);
    expect(changed.ticket).toMatchObject({ status: 'resolved', priority: 'high', assignee: 'grace', version: 2 });
    expect(await events(id)).toMatchObject([
      { type: 'TicketOpened' },
      { type: 'TicketResolved', ticketVersion: 2 },
      { type: 'TicketPrioritised', from: 'normal', to: 'high' },
      { type: 'TicketAssigned', from: null, to: 'grace' },
    ]);
  });

  test('a refusal leaves them as they were', async () => {
    const ticket = await opened('Printer');
    const refusing = repository.change(ticket.id, () => {
      throw new VersionMoved();
    });
    await expect(refusing).rejects.toBeInstanceOf(VersionMoved);
    expect(await repository.find(ticket.id)).toEqual(ticket);
  });

  test('of two changes of the same version one succeeds', async () => {
    const { id, version } = await opened('Race');
    const change = (assignee: string): Promise<unknown> =>
      repository.change(id, (ticket) => {
        if (ticket.version !== version) throw new VersionMoved();
        return changeTicket(ticket, { assignee }, moment());
      });
    const outcomes = await Promise.allSettled([change('ada'), change('grace')]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await repository.find(id))?.version).toBe(version + 1);
  });

  test('take messages, in order', async () => {
    const { id } = await opened('Printer', 'first');
    for (const body of ['second', 'third']) {
      await repository.reply(id, (ticket, size) => addMessage(ticket, { body, author: 'grace' }, size, moment()));
    }
    const { messages } = await repository.contents(id);
    expect(messages.map(({ body }) => body)).toEqual(['first', 'second', 'third']);
    expect((await repository.find(id))?.version).toBe(3);
  });

  test('show their attachments', async () => {
    const { id } = await opened('Printer');
    await application.write(
      `INSERT INTO attachments (id, ticket_id, file_name, content_type, size, object_key, created_at)
       VALUES (?, ?, 'fire.jpg', 'image/jpeg', 12345, 'tickets/1/fire.jpg', '2026-11-21 03:21:00')`,
      [uuidV7(1, randomBytes), id],
    );
    expect((await repository.contents(id)).attachments).toEqual([
      {
        id: expect.any(String),
        ticketId: id,
        fileName: 'fire.jpg',
        contentType: 'image/jpeg',
        size: 12345,
        purpose: 'attachment',
        state: 'announced',
        reason: null,
        metadata: null,
        createdAt: '2026-11-21T03:21:00.000Z',
      },
    ]);
  });

  test('know what their messages take, as the domain counts it', async () => {
    const { id } = await opened('Printer', 'Büro 😀');
    const first = sizeOf({ author: 'ada@example.com', body: 'Büro 😀' });
    const reply = { body: '日本語', author: 'grace' };
    const seen: number[] = [];
    for (let round = 0; round < 2; round++) {
      await repository.reply(id, (ticket, size) => {
        seen.push(size);
        return addMessage(ticket, reply, size, moment());
      });
    }
    expect(seen).toEqual([first, first + sizeOf(reply)]);
  });

  describe('lists', () => {
    const pages = async (limit: number, filters = {}): Promise<string[][]> => {
      const found: string[][] = [];
      let after: Ticket | undefined;
      do {
        const page = await repository.list({ filters, limit, after, requester: undefined });
        if (page.length === 0) break;
        found.push(page.map(({ subject }) => subject));
        after = page.at(-1);
      } while (after);
      return found;
    };

    test('come newest first, every ticket once', async () => {
      for (const subject of ['a', 'b', 'c', 'd', 'e']) await opened(subject);
      expect(await pages(2)).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
    });

    test('every ticket once even when all were made at the same time', async () => {
      const at = '2026-11-21T04:00:00.000Z';
      for (let index = 0; index < 7; index++) await opened(`t${index}`, 'x', at);
      expect((await pages(3)).flat().sort()).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6']);
    });

    test('a position keeps microseconds that others have written', async () => {
      const tickets = [];
      for (const subject of ['a', 'b', 'c']) tickets.push(await opened(subject, 'x', '2026-11-21T04:00:00.000Z'));
      for (const [index, { id }] of tickets.entries()) {
        await application.write('UPDATE tickets SET created_at = ? WHERE id = ?', [
          `2026-11-21 04:00:00.00000${index + 1}`,
          id,
        ]);
      }
      expect(await pages(1)).toEqual([['c'], ['b'], ['a']]);
    });

    test("a customer's are those of their address, whatever its case, and nobody's whose address only looks alike", async () => {
      for (const [subject, requesterEmail] of [
        ['mine', 'jose@example.com'],
        ['accent', 'josé@example.com'],
        ['mine too', 'Jose@Example.COM'],
        ['longer', 'jose@example.com.au'],
      ] as const) {
        await opened(subject, 'Strasse', undefined, requesterEmail);
      }
      const list = async (requester: string) =>
        (await repository.list({ filters: {}, limit: 10, after: undefined, requester })).map(({ subject }) => subject);
      expect(await list('JOSE@example.com')).toEqual(['mine too', 'mine']);
      expect(await list('josé@example.com')).toEqual(['accent']);
      expect(await list('%')).toEqual([]);
      const found = await repository.search(['strasse'], 10, 'jose@example.com');
      expect(found.map(({ subject }) => subject)).toEqual(['mine too', 'mine']);
    });

    test('filters combine', async () => {
      const [, b, c] = [await opened('a'), await opened('b'), await opened('c')];
      await repository.change(b.id, (ticket) =>
        changeTicket(ticket, { priority: 'high', assignee: 'grace' }, moment()),
      );
      await repository.change(c.id, (ticket) =>
        changeTicket(ticket, { status: 'pending', assignee: 'grace' }, moment()),
      );
      expect(await pages(10, { status: 'open' })).toEqual([['b', 'a']]);
      expect(await pages(10, { assignee: 'grace' })).toEqual([['c', 'b']]);
      expect(await pages(10, { assignee: 'grace', priority: 'high', status: 'open' })).toEqual([['b']]);
      expect(await pages(10, { status: 'closed' })).toEqual([]);
    });

    test.each([
      [{}, 'tickets_by_creation'],
      [{ status: 'closed' as const }, 'tickets_by_status'],
      [{ priority: 'urgent' as const }, 'tickets_by_priority'],
      [{ assignee: 'grace' }, 'tickets_by_assignee'],
      [{}, 'tickets_by_requester', 'grace@example.com'],
    ])('filtered by %j, they are read in order from %s', async (filters, index, requester = undefined) => {
      for (let count = 0; count < 60; count++) await opened(`t${count}`);
      const [, other] = await repository.list({ filters: {}, limit: 2, after: undefined, requester: undefined });
      let plan: { key: string; Extra: string }[] = [];
      const explaining: Database = {
        ...application,
        async read(sql, values) {
          plan = await application.read(`EXPLAIN ${sql}`, values);
          return [];
        },
      };
      await ticketRepository(explaining).list({ filters, limit: 5, after: other, requester });
      expect(plan).toEqual([expect.objectContaining({ key: index, Extra: expect.not.stringContaining('filesort') })]);
    });
  });

  describe('attachments', () => {
    const file = {
      fileName: 'Übersicht – 2026.pdf',
      contentType: 'application/pdf',
      size: 5_000_000_000,
      purpose: 'attachment',
    } as const;

    test('are found with their ticket, and shown with it, which is another version', async () => {
      const { id } = await opened('Scanner');
      const { attachment, ticket } = await attachments.announce(id, (current, before) =>
        announceAttachment(current, file, before, moment()),
      );
      expect(await attachments.find(id, attachment.id)).toEqual({ ticket, attachment });
      expect((await repository.contents(id)).attachments).toEqual([{ ...attachment, ...file, state: 'announced' }]);
      expect(await repository.find(id)).toMatchObject({ version: 2 });
      const [row] = await application.read<{ object_key: string }>('SELECT object_key FROM attachments');
      expect(row?.object_key).toBe(`tickets/${id}/${attachment.id}`);
    });

    test('are counted before, and not there when that was too many', async () => {
      const { id } = await opened('Scanner');
      const seen: number[] = [];
      for (let round = 0; round < 2; round++) {
        await attachments.announce(id, (current, before) => {
          seen.push(before);
          return announceAttachment(current, file, before, moment());
        });
      }
      const refusal = new Error('enough');
      const refused = attachments.announce(id, () => {
        throw refusal;
      });
      await expect(refused).rejects.toBe(refusal);
      expect(seen).toEqual([0, 1]);
      expect((await repository.contents(id)).attachments).toHaveLength(2);
    });

    test('of another ticket are not found, nor of one that is not there', async () => {
      const [one, other] = [await opened('one'), await opened('other')];
      const { attachment } = await attachments.announce(one.id, (current, before) =>
        announceAttachment(current, file, before, moment()),
      );
      expect(await attachments.find(other.id, attachment.id)).toMatchObject({ attachment: undefined });
      expect(await attachments.find(attachment.id, attachment.id)).toBeUndefined();
      await expect(attachments.announce(attachment.id, () => ({}) as never)).rejects.toThrow(TicketNotFound);
    });
  });

  describe('files that were checked', () => {
    const file = { fileName: 'tickets.csv', contentType: 'text/csv', size: 100, purpose: 'import' } as const;

    async function announced() {
      const { id } = await opened('Import');
      return await attachments.announce(id, (current, before) => announceAttachment(current, file, before, moment()));
    }

    test('are shown with what they came to, as another version of their ticket, decided once', async () => {
      const { attachment } = await announced();
      const metadata = { kind: 'import', rows: 2, opened: 1, refused: 1 } as const;
      const verdicts: Verdict[] = [
        { state: 'stored', metadata },
        { state: 'rejected', reason: 'too late' },
      ];
      for (const verdict of verdicts) {
        await files.decide(attachment, 'text', (ticket, current) =>
          decideAttachment(ticket, current, verdict, moment()),
        );
      }
      expect(await files.find(attachment)).toEqual({ ...attachment, state: 'stored', metadata });
      expect((await repository.contents(attachment.ticketId)).attachments).toMatchObject([
        { state: 'stored', metadata },
      ]);
      expect(await repository.find(attachment.ticketId)).toMatchObject({ version: 3 });
    });

    test('open a ticket for each row once, whoever comes at the same time', async () => {
      const { attachment } = await announced();
      const row = (number: number) => ({
        row: number,
        ticket: { subject: `Row ${number}`, body: 'x', requesterEmail: 'a@b.c' },
      });
      const open = (rows: number[]) =>
        files.openRows(attachment.id, rows.map(row), ({ ticket }) => openTicket(ticket, moment()));
      const first = await open([2, 3]);
      const both = await Promise.all([open([2, 3, 4]), open([2, 3, 4])]);
      expect(both.flatMap((one) => one.opened)).toHaveLength(1);
      expect([...both[0]!.ticketIds]).toEqual([...both[1]!.ticketIds]);
      expect([...both[0]!.ticketIds].slice(0, 2)).toEqual([...first.ticketIds]);
      for (const [number, id] of both[0]!.ticketIds) {
        expect(await repository.find(id)).toMatchObject({ subject: `Row ${number}` });
        const told = await application.read('SELECT type FROM outbox WHERE ticket_id = ?', [id]);
        expect(told).toEqual([{ type: 'TicketOpened' }]);
      }
    });

    test('that are not there are not decided, and nothing is imported for them', async () => {
      const { attachment } = await announced();
      const gone = { ...attachment, id: moment().newId() };
      expect(await files.find(gone)).toBeUndefined();
      await expect(files.decide(gone, null, () => ({}) as never)).rejects.toThrow(AttachmentNotFound);
      const none = files.openRows(gone.id, [{ row: 2 }], () =>
        openTicket({ subject: 'x', body: 'x', requesterEmail: 'a@b.c' }, moment()),
      );
      await expect(none).rejects.toThrow(AttachmentNotFound);
    });
  });

  describe('search', () => {
    const search = async (...terms: string[]): Promise<string[]> =>
      (await repository.search(terms, 10, undefined)).map(({ subject }) => subject);

    test('finds words in subjects and messages, and beginnings of words', async () => {
      await opened('Printer broken', 'It smokes');
      await opened('Screen dark', 'The printer is fine');
      await opened('Keyboard', 'Nothing');
      expect(await search('printer')).toEqual(['Printer broken', 'Screen dark']);
      expect(await search('print')).toEqual(['Printer broken', 'Screen dark']);
      expect(await search('nothing')).toEqual(['Keyboard']);
      expect(await search('absent')).toEqual([]);
    });

    test('wants all terms, wherever in the ticket each of them is', async () => {
      const { id } = await opened('VPN down', 'since this morning');
      await opened('VPN slow', 'since yesterday');
      await repository.reply(id, (ticket, size) =>
        addMessage(ticket, { body: 'Router restarted', author: 'grace' }, size, moment()),
      );
      expect(await search('vpn', 'router')).toEqual(['VPN down']);
      expect(await search('vpn', 'since')).toEqual(['VPN slow', 'VPN down']);
      expect(await search('vpn', 'printer')).toEqual([]);
    });

    test('finds what is not English, whatever the case or accent', async () => {
      await opened('Drucker', 'Büro Überspannung');
      expect(await search('überspannung')).toEqual(['Drucker']);
      expect(await search('uberspannung')).toEqual(['Drucker']);
    });

    test('gives no more than asked for', async () => {
      for (let index = 0; index < 4; index++) await opened(`Scanner ${index}`);
      expect(await repository.search(['scanner'], 3, undefined)).toHaveLength(3);
    });
  });
});
