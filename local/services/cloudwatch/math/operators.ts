/** `+ - * / ^`, comparisons and logic, between numbers, series and lists of series. */
import type { Operator } from './syntax.ts';
import { MathError, type MathValue, mapped, type TimeSeries } from './values.ts';

const truth = (holds: boolean): number => (holds ? 1 : 0);

const OPERATORS: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
};

/** Where one side has no data there is none; a division by zero gives none either. Throws MathError. */
export function operate(operator: Operator, left: MathValue, right: MathValue): MathValue {
  const compute = OPERATORS[operator];
  if (left.kind === 'text' || right.kind === 'text') throw new MathError(`Operator ${operator} does not take a string`);
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    return { kind: 'scalar', value: compute(left.value, right.value) };
  }
  if (left.kind === 'list' && right.kind === 'list') {
    if (left.list.length !== right.list.length) {
      throw new MathError(`Operator ${operator} takes arrays of the same size only`);
    }
    return { kind: 'list', list: left.list.map((one, index) => combined(one, right.list[index]!, compute)) };
  }
  if (left.kind === 'list') return { kind: 'list', list: left.list.map((one) => withOther(one, right, compute)) };
  if (right.kind === 'list') {
    const swapped = (a: number, b: number) => compute(b, a);
    return { kind: 'list', list: right.list.map((one) => withOther(one, left, swapped)) };
  }
  if (left.kind === 'series') return { kind: 'series', series: withOther(left.series, right, compute) };
  const { value } = left as Extract<MathValue, { kind: 'scalar' }>;
  const { series } = right as Extract<MathValue, { kind: 'series' }>;
  return { kind: 'series', series: mapped(series, (point) => compute(value, point)) };
}

function withOther(series: TimeSeries, other: MathValue, compute: (a: number, b: number) => number): TimeSeries {
  if (other.kind === 'scalar') return mapped(series, (value) => compute(value, other.value));
  return combined(series, (other as Extract<MathValue, { kind: 'series' }>).series, compute);
}

function combined(a: TimeSeries, b: TimeSeries, compute: (a: number, b: number) => number): TimeSeries {
  return mapped(a, (value, at) => {
    const other = b.points.get(at);
    return other === undefined ? undefined : compute(value, other);
  });
}
