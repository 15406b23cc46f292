/** What expressions may call. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
import type { Value } from './row.ts';

export type Evaluate = (arguments_: readonly Value[]) => Value;

export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function textOf(value: Value): string {
  return value === undefined ? '' : typeof value === 'string' ? value : String(value);
}

const numeric =
  (work: (...numbers: number[]) => number): Evaluate =>
  (values) => {
    const numbers = values.map(numberOf);
    if (numbers.some((one) => one === undefined)) return undefined;
    const result = work(...(numbers as number[]));
    return Number.isFinite(result) ? result : undefined;
  };

const text =
  (work: (value: string, ...more: Value[]) => Value): Evaluate =>
  ([value, ...more]) =>
    value === undefined ? undefined : work(textOf(value), ...more);

const stripped = (value: string, characters: Value, ends: 'both' | 'left' | 'right'): string => {
  const set = characters === undefined ? undefined : new Set(textOf(characters));
  const goes = (one: string | undefined) => one !== undefined && (set ? set.has(one) : /\s/.test(one));
  let from = 0;
  let to = value.length;
  if (ends !== 'right') while (from < to && goes(value[from])) from++;
  if (ends !== 'left') while (to > from && goes(value[to - 1])) to--;
  return value.slice(from, to);
};

/** Calendar units begin where UTC says; the others at multiples since 1970. */
export function floorTo(time: number, period: number): number {
  return Math.floor(time / period) * period;
}

const ANY = Number.POSITIVE_INFINITY;

/** By lower-case name, with how many arguments each takes. */
export const FUNCTIONS: Readonly<Record<string, readonly [fewest: number, most: number, Evaluate]>> = {
  abs: [1, 1, numeric(Math.abs)],
  ceil: [1, 1, numeric(Math.ceil)],
  floor: [1, 1, numeric(Math.floor)],
  log: [1, 1, numeric(Math.log)],
  sqrt: [1, 1, numeric(Math.sqrt)],
  greatest: [1, ANY, numeric(Math.max)],
  least: [1, ANY, numeric(Math.min)],
  isempty: [1, 1, ([value]) => value === undefined || value === ''],
  isblank: [1, 1, ([value]) => value === undefined || textOf(value).trim() === ''],
  ispresent: [1, 1, ([value]) => value !== undefined],
  coalesce: [1, ANY, (values) => values.find((value) => value !== undefined)],
  concat: [1, ANY, (values) => values.map(textOf).join('')],
  trim: [1, 2, text((value, set) => stripped(value, set, 'both'))],
  ltrim: [1, 2, text((value, set) => stripped(value, set, 'left'))],
  rtrim: [1, 2, text((value, set) => stripped(value, set, 'right'))],
  strlen: [1, 1, text((value) => [...value].length)],
  toupper: [1, 1, text((value) => value.toUpperCase())],
  tolower: [1, 1, text((value) => value.toLowerCase())],
  substr: [
    2,
    3,
    text((value, from, length) => {
      const start = numberOf(from) ?? 0;
      const count = numberOf(length);
      return value.slice(start, count === undefined ? undefined : start + count);
    }),
  ],
  replace: [3, 3, text((value, wanted, by) => value.replaceAll(textOf(wanted), () => textOf(by)))],
  strcontains: [2, 2, text((value, wanted) => (value.includes(textOf(wanted)) ? 1 : 0))],
  datefloor: [2, 2, numeric(floorTo)],
  dateceil: [2, 2, numeric((time, period) => Math.ceil(time / period) * period)],
  frommillis: [1, 1, ([value]) => numberOf(value)],
  tomillis: [1, 1, ([value]) => numberOf(value)],
};
