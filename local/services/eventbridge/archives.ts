/** What passed a bus, kept for later. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html */
import type {
  CreateArchiveRequest,
  DeleteArchiveRequest,
  DescribeArchiveRequest,
  ListArchivesRequest,
  UpdateArchiveRequest,
} from '@aws-sdk/client-eventbridge';
import type { Collection, Operation } from '../../kernel/index.ts';
import { compilePattern, type EventPattern } from '../../kernel/patterns/index.ts';
import { alreadyExists, checkingPattern, limitExceeded, notFound, validationError } from './errors.ts';
import { page } from './paging.ts';
import type { BusEvent } from './records.ts';
import { arnOf, type Room, type With } from './room.ts';

export interface Archive {
  readonly name: string;
  readonly bus: string;
  readonly description?: string;
  readonly pattern?: string;
  /** 0: for ever. */
  readonly retentionDays: number;
  readonly createdAt: number;
}

interface Archived {
  readonly text: string;
  readonly archivedAt: number;
}

export interface Archives {
  /** Call inside `store.transaction`. */
  keep(bus: string, event: BusEvent): void;
  /** Whether any archive is that bus's. */
  areThereFor(bus: string): boolean;
  find(name: string): Archive | undefined;
  /** Throws ResourceAlreadyExistsException, InvalidEventPatternException and what a bus can be missing for. */
  create(input: With<CreateArchiveRequest, 'ArchiveName' | 'EventSourceArn'>): Archive;
  update(input: With<UpdateArchiveRequest, 'ArchiveName'>): Archive;
  delete(name: string): void;
  arnOf(name: string): string;
  /** Texts of events in order of their time, from `after` on, which is a key; ms since 1970, both ends inclusive. */
  events(
    name: string,
    query: { readonly from: number; readonly to: number; readonly after?: string; readonly limit: number },
  ): readonly { readonly key: string; readonly text: string; readonly time: number }[];
  readonly operations: Record<string, Operation>;
}

const MOST_ARCHIVES = 100;
const DAY_MS = 86_400_000;
const BETWEEN_PURGES_MS = 3_600_000;
const PAGE = 500;

export function openArchives(room: Room): Archives {
  const { store, clock } = room;
  const archives: Collection<Archive> = store.collection('events', 'archives');
  const archived: Collection<Archived> = store.collection('events', 'archived');
  let revision = -1;
  let byBus = new Map<string, { archive: Archive; pattern: EventPattern | undefined }[]>();
  let purgedAt = 0;

  const keyAt = (name: string, time: number, id = ''): string => `${name}|${String(time).padStart(15, '0')}|${id}`;
  const timeOf = (key: string): number => Number(key.split('|')[1]);

  function ofBus(bus: string) {
    const now = store.writes('events', 'archives');
    if (now !== revision) {
      revision = now;
      byBus = Map.groupBy(
        archives.list().map(({ value }) => ({
          archive: value,
          pattern: value.pattern === undefined ? undefined : compilePattern(value.pattern),
        })),
        ({ archive }) => archive.bus,
      );
    }
    return byBus.get(bus) ?? [];
  }

  function* allOf(name: string): Generator<{ key: string; value: Archived }> {
    let after: string | undefined;
    for (;;) {
      const some = archived.list({ prefix: `${name}|`, limit: PAGE, ...(after !== undefined && { after }) });
      yield* some;
      if (some.length < PAGE) return;
      after = some.at(-1)!.key;
    }
  }

  function purge(): void {
    const now = clock.now();
    if (now - purgedAt < BETWEEN_PURGES_MS) return;
    purgedAt = now;
    for (const { value } of archives.list()) {
      if (value.retentionDays === 0) continue;
      const old = [...allOf(value.name)].filter((one) => now - one.value.archivedAt > value.retentionDays * DAY_MS);
      for (const { key } of old) archived.delete(key);
    }
  }

  function get(name: string): Archive {
    const archive = archives.get(name);
    if (!archive) throw notFound(`Archive ${name} does not exist.`);
    return archive;
  }

  function checkPattern(pattern: string | undefined): void {
    if (pattern) checkingPattern(() => compilePattern(pattern));
  }

  function create(input: With<CreateArchiveRequest, 'ArchiveName' | 'EventSourceArn'>): Archive {
    const { ArchiveName: name, EventSourceArn, Description, EventPattern, RetentionDays = 0 } = input;
    if (archives.get(name)) throw alreadyExists(`Archive ${name} already exists.`);
    if (archives.list().length >= MOST_ARCHIVES) throw limitExceeded();
    checkPattern(EventPattern);
    const archive: Archive = {
      name,
      bus: room.buses.get(EventSourceArn).name,
      ...(Description !== undefined && { description: Description }),
      ...(EventPattern && { pattern: EventPattern }),
      retentionDays: RetentionDays,
      createdAt: clock.now(),
    };
    archives.put(name, archive);
    return archive;
  }

  function update({
    ArchiveName,
    Description,
    EventPattern,
    RetentionDays,
  }: With<UpdateArchiveRequest, 'ArchiveName'>) {
    if (Description === undefined && EventPattern === undefined && RetentionDays === undefined) {
      throw validationError('At least one of EventPattern, RetentionDays or Description must be provided.');
    }
    checkPattern(EventPattern);
    const changed: Archive = {
      ...get(ArchiveName),
      ...(Description !== undefined && { description: Description }),
      ...(EventPattern && { pattern: EventPattern }),
      ...(RetentionDays !== undefined && { retentionDays: RetentionDays }),
    };
    archives.put(ArchiveName, changed);
    return changed;
  }

  function remove(name: string): void {
    store.transaction(() => {
      for (const { key } of [...allOf(name)]) archived.delete(key);
      archives.delete(name);
    });
  }

  const arn = (name: string): string => arnOf(room, `archive/${name}`);

  return {
    keep(bus, event) {
      const all = ofBus(bus);
      if (all.length === 0) return;
      purge();
      for (const { archive, pattern } of all) {
        if (pattern && !pattern.matches(event.parsed)) continue;
        const key = keyAt(archive.name, Date.parse(String(event.parsed['time'])), event.id);
        archived.put(key, { text: event.text, archivedAt: event.ingestedAt });
      }
    },
    areThereFor: (bus) => ofBus(bus).length > 0,
    find: (name) => archives.get(name),
    create,
    update,
    delete: remove,
    arnOf: arn,
    events(name, { from, to, after = keyAt(name, from), limit }) {
      return archived
        .list({ prefix: `${name}|`, after, limit })
        .map(({ key, value }) => ({ key, text: value.text, time: timeOf(key) }))
        .filter(({ time }) => time <= to);
    },
    operations: operations(),
  };

  function operations(): Record<string, Operation> {
    const onArchive =
      (action: string) =>
      ({ ArchiveName }: { readonly ArchiveName: string }) => [
        { action: `events:${action}`, resource: arn(ArchiveName) },
      ];
    const answer = (archive: Archive) => ({
      ArchiveArn: arn(archive.name),
      State: 'ENABLED',
      CreationTime: new Date(archive.createdAt),
    });
    const listed = (archive: Archive) => {
      const events = [...allOf(archive.name)];
      return {
        ArchiveName: archive.name,
        EventSourceArn: room.buses.arnOf(archive.bus),
        State: 'ENABLED',
        RetentionDays: archive.retentionDays,
        SizeBytes: events.reduce((sum, { value }) => sum + Buffer.byteLength(value.text), 0),
        EventCount: events.length,
        CreationTime: new Date(archive.createdAt),
      };
    };
    const createArchive: Operation<With<CreateArchiveRequest, 'ArchiveName' | 'EventSourceArn'>> = {
      requires: onArchive('CreateArchive'),
      handle: (input) => answer(create(input)),
    };
    const updateArchive: Operation<With<UpdateArchiveRequest, 'ArchiveName'>> = {
      requires: onArchive('UpdateArchive'),
      handle: (input) => answer(update(input)),
    };
    const deleteArchive: Operation<With<DeleteArchiveRequest, 'ArchiveName'>> = {
      requires: onArchive('DeleteArchive'),
      handle: ({ ArchiveName }) => remove(get(ArchiveName).name),
    };
    const describe: Operation<With<DescribeArchiveRequest, 'ArchiveName'>> = {
      requires: onArchive('DescribeArchive'),
      handle({ ArchiveName }) {
        const archive = get(ArchiveName);
        const { description, pattern } = archive;
        return {
          ArchiveArn: arn(ArchiveName),
          ...listed(archive),
          ...(description !== undefined && { Description: description }),
          ...(pattern !== undefined && { EventPattern: pattern }),
        };
      },
    };
    const list: Operation<ListArchivesRequest> = {
      requires: () => [{ action: 'events:ListArchives', resource: '*' }],
      handle(input) {
        const only = input.EventSourceArn === undefined ? undefined : room.buses.get(input.EventSourceArn).name;
        const all = archives
          .list({ prefix: input.NamePrefix ?? '' })
          .map(({ value }) => value)
          .filter(({ bus }) => only === undefined || bus === only);
        const { items, ...rest } = page(all, input);
        return { Archives: items.map(listed), ...rest };
      },
    };
    return {
      CreateArchive: createArchive,
      UpdateArchive: updateArchive,
      DeleteArchive: deleteArchive,
      DescribeArchive: describe,
      ListArchives: list,
    };
  }
}
