/** Works an expression out. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
import { FUNCTIONS, NOT_EMULATED } from './functions.ts';
import { operate } from './operators.ts';
import type { Expression } from './syntax.ts';
import { MathError, MathNotEmulated, type MathValue, type Timeline, type TimeSeries } from './values.ts';

export interface MathScope {
  readonly timeline: Timeline;
  /** What another query of the request gives; undefined when there is none. */
  resolve(id: string): MathValue | undefined;
  /** The metrics of the request (not its expressions) whose id contains the text. */
  metrics(containing: string): readonly TimeSeries[];
}

/** Words that are arguments, not ids. */
const WORDS: ReadonlySet<string> = new Set(['REPEAT', 'LINEAR', 'ASC', 'DESC', 'AVG', 'MIN', 'MAX', 'SUM', 'STDDEV']);

/** Throws MathError. */
export function evaluate(expression: Expression, scope: MathScope): MathValue {
  const of = (one: Expression): MathValue => evaluate(one, scope);
  switch (expression.kind) {
    case 'number':
      return { kind: 'scalar', value: expression.value };
    case 'text':
      return { kind: 'text', text: expression.text };
    case 'name':
      return named(expression.name, scope);
    case 'array':
      return { kind: 'list', list: expression.items.flatMap((item) => seriesOf(of(item))) };
    case 'negation':
      return operate('*', { kind: 'scalar', value: -1 }, of(expression.operand));
    case 'operation':
      return operate(expression.operator, of(expression.left), of(expression.right));
    case 'call': {
      const name = expression.name.toUpperCase();
      if (NOT_EMULATED.has(name)) throw new MathNotEmulated(`The function ${name}`);
      const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
      if (!call) throw new MathError(`Unsupported function ${expression.name}`);
      return call(expression.arguments.map(of), scope);
    }
  }
}

function named(name: string, scope: MathScope): MathValue {
  const found = scope.resolve(name);
  if (found) return found;
  if (WORDS.has(name.toUpperCase())) return { kind: 'text', text: name.toUpperCase() };
  throw new MathError(`Unknown identifier ${name}`);
}

function seriesOf(value: MathValue): readonly TimeSeries[] {
  if (value.kind === 'series') return [value.series];
  if (value.kind === 'list') return value.list;
  throw new MathError('An array holds time series only');
}
