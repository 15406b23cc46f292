/** Wall clocks of the world, by the zone data that Node brings. Local times are ms since 1970 as if they were UTC. */

const LONGEST_SHIFT_MS = 86_400_000;

export interface TimeZone {
  /** What a wall clock shows at a moment. */
  localOf(utc: number): number;
  /** The first moment at which a wall clock shows it; undefined when it never does, clocks having been put forward. */
  firstUtcOf(local: number): number | undefined;
  /** As `firstUtcOf`; a time that was jumped over counts from the clock as it was before. */
  nearestUtcOf(local: number): number;
}

const UTC: TimeZone = { localOf: (utc) => utc, firstUtcOf: (local) => local, nearestUtcOf: (local) => local };

const zones = new Map<string, TimeZone>([['UTC', UTC]]);

/** An IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    timeZone(name);
    return !/^[+-]/.test(name);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Throws RangeError for a zone that nobody knows. */
export function timeZone(name: string): TimeZone {
  let zone = zones.get(name);
  if (!zone) {
    zone = createTimeZone(name);
    zones.set(name, zone);
  }
  return zone;
}

function createTimeZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });

  function localOf(utc: number): number {
    const fields: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(utc)) fields[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((utc % 1_000) + 1_000) % 1_000);
  }

  const offsetAt = (utc: number): number => localOf(utc) - utc;

  function firstUtcOf(local: number): number | undefined {
    const before = local - offsetAt(local - LONGEST_SHIFT_MS);
    const after = local - offsetAt(local + LONGEST_SHIFT_MS);
    return [Math.min(before, after), Math.max(before, after)].find((utc) => localOf(utc) === local);
  }

  return {
    localOf,
    firstUtcOf,
    nearestUtcOf: (local) => firstUtcOf(local) ?? local - offsetAt(local - LONGEST_SHIFT_MS),
  };
}
