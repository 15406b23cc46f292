/** Runs a query over log events. */
import type { StoredLogEvent } from '../../../kernel/telemetry.ts';
import { isTrue, orderOf } from './expression.ts';
import { numberOf, textOf } from './functions.ts';
import type { Aggregation, Command, Named } from './parse.ts';
import { type EventPlace, EventRow, PlainRow, type Row, type Value } from './row.ts';

export interface QueryStatistics {
  readonly recordsMatched: number;
  readonly recordsScanned: number;
  readonly bytesScanned: number;
}

export interface ResultField {
  readonly field: string;
  readonly value: string;
}

export interface QueryRun {
  /** Events of one place; in whatever order. */
  scan(events: Iterable<StoredLogEvent>, place: EventPlace): void;
  statistics(): QueryStatistics;
  results(): readonly (readonly ResultField[])[];
}

const MOST_ROWS = 10_000;
const DEFAULT_FIELDS = ['@timestamp', '@message'];
/** Of these a date is shown. */
const TIMES = new Set(['@timestamp', '@ingestionTime']);

/** @param limit of the request; a `limit` in the query says what it says */
export function runQuery(commands: readonly Command[], limit = MOST_ROWS): QueryRun {
  const firstOverAll = commands.findIndex(({ kind }) => ['stats', 'sort', 'limit', 'dedup'].includes(kind));
  const each = firstOverAll < 0 ? commands : commands.slice(0, firstOverAll);
  const later = firstOverAll < 0 ? [] : commands.slice(firstOverAll);
  const rows: Row[] = [];
  let scanned = 0;
  let bytes = 0;
  let finished: { readonly rows: readonly Row[]; readonly matched: number } | undefined;

  function scan(events: Iterable<StoredLogEvent>, place: EventPlace): void {
    for (const event of events) {
      scanned++;
      bytes += event.message.length;
      const row = new EventRow(event, place);
      if (each.every((command) => applyToRow(command, row))) rows.push(row);
    }
  }

  function finish() {
    if (finished) return finished;
    const matched = rows.length;
    // The newest first, unless the query says otherwise.
    let current: Row[] = rows.sort((a, b) => b.timestamp - a.timestamp);
    for (const command of later) current = applyToAll(command, current);
    finished = { rows: current.slice(0, limit), matched };
    return finished;
  }

  return {
    scan,
    statistics: () => ({ recordsMatched: finish().matched, recordsScanned: scanned, bytesScanned: bytes }),
    results() {
      const shown = shownFields(commands);
      const isOfEvents = !commands.some(({ kind }) => kind === 'stats');
      return finish().rows.map((row) => {
        const fields = shown.flatMap((field) => {
          const value = row.get(field);
          return value === undefined ? [] : [{ field, value: shownText(field, value) }];
        });
        return isOfEvents ? [...fields, { field: '@ptr', value: textOf(row.get('@ptr')) }] : fields;
      });
    },
  };
}

/** False when the row is not wanted. */
function applyToRow(command: Command, row: Row): boolean {
  switch (command.kind) {
    case 'filter':
      return isTrue(command.condition(row));
    case 'fields':
    case 'display':
      for (const { name, expression } of command.fields) setUnlessSame(row, name, expression(row));
      return true;
    case 'parse': {
      const text = command.source(row);
      const found = text === undefined ? undefined : command.read(textOf(text));
      for (const [name, value] of Object.entries(found ?? {})) if (value !== undefined) row.set(name, value);
      return true;
    }
  }
  return true;
}

function setUnlessSame(row: Row, name: string, value: Value): void {
  if (row.get(name) !== value) row.set(name, value);
}

function applyToAll(command: Command, rows: Row[]): Row[] {
  switch (command.kind) {
    case 'stats':
      return grouped(rows, command.aggregations, command.by);
    case 'sort': {
      const keyed = rows.map((row) => ({ row, keys: command.by.map(({ expression }) => expression(row)) }));
      keyed.sort((a, b) => {
        for (const [index, { descending }] of command.by.entries()) {
          const order = orderOf(a.keys[index], b.keys[index]);
          if (order !== 0) return descending ? -order : order;
        }
        return 0;
      });
      return keyed.map(({ row }) => row);
    }
    case 'limit':
      return rows.slice(0, command.count);
    case 'dedup': {
      const seen = new Set<string>();
      return rows.filter((row) => {
        const values = command.by.map((expression) => expression(row));
        // What has none of the fields is not removed.
        if (values.every((value) => value === undefined)) return true;
        const key = JSON.stringify(values);
        return !seen.has(key) && Boolean(seen.add(key));
      });
    }
  }
  return rows.filter((row) => applyToRow(command, row));
}

function grouped(rows: readonly Row[], aggregations: readonly Aggregation[], by: readonly Named[]): Row[] {
  const groups = new Map<string, { keys: readonly Value[]; tallies: ReturnType<Aggregation['aggregate']>[] }>();
  for (const row of rows) {
    const keys = by.map(({ expression }) => expression(row));
    const key = JSON.stringify(keys);
    let group = groups.get(key);
    if (!group) {
      group = { keys, tallies: aggregations.map(({ aggregate, parameter }) => aggregate(parameter)) };
      groups.set(key, group);
    }
    for (const [index, { expression }] of aggregations.entries()) {
      group.tallies[index]!.add(expression ? expression(row) : true, row.timestamp);
    }
  }
  return [...groups.values()].map(({ keys, tallies }) => {
    const values = new Map<string, Value>();
    for (const [index, { name }] of by.entries()) values.set(name, keys[index]);
    for (const [index, { name }] of aggregations.entries()) values.set(name, tallies[index]!.result());
    return new PlainRow(values);
  });
}

/** What the results have of each row, in order. */
function shownFields(commands: readonly Command[]): readonly string[] {
  let shown: string[] | undefined;
  let isDisplayed = false;
  for (const command of commands) {
    if (command.kind === 'display') {
      shown = command.fields.map(({ name }) => name);
      isDisplayed = true;
    } else if (command.kind === 'stats') {
      shown = [...command.by, ...command.aggregations].map(({ name }) => name);
      isDisplayed = false;
    } else if (command.kind === 'fields' && !isDisplayed) {
      shown = [...new Set([...(shown ?? []), ...command.fields.map(({ name }) => name)])];
    }
  }
  return shown ?? DEFAULT_FIELDS;
}

function shownText(field: string, value: Value): string {
  const number = TIMES.has(field) || /^bin\(/i.test(field) ? numberOf(value) : undefined;
  // As Logs Insights writes times: UTC, without saying so.
  if (number !== undefined) return new Date(number).toISOString().replace('T', ' ').replace('Z', '');
  return textOf(value);
}
