/** One value of a log event against one of a pattern, in JSON patterns and in columns alike. */
import { matchesWildcard } from '../../../kernel/wildcard.ts';
import { compileRegex } from './error.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** What stands to the right of an operator. */
export type Operand =
  | { readonly kind: 'number'; readonly value: number }
  /** `*` stands for any characters. */
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'regex'; readonly source: string };

/** Values that do not exist match nothing, `!=` included. */
export function comparison(operator: Operator, operand: Operand): (value: unknown) => boolean {
  if (operand.kind === 'number') {
    return (value) => {
      const number = typeof value === 'number' ? value : toNumber(value);
      return number !== undefined && compareNumbers(operator, number, operand.value);
    };
  }
  const pattern = operand.kind === 'regex' ? compileRegex(operand.source) : wildcard(operand.value);
  const wanted = operator !== '!=';
  return (value) => {
    const text = typeof value === 'string' ? value : scalarText(value);
    return text !== undefined && pattern.test(text) === wanted;
  };
}

function compareNumbers(operator: Operator, a: number, b: number): boolean {
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

function toNumber(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

function scalarText(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const wildcard = (pattern: string) => ({ test: (value: string) => matchesWildcard(pattern, value) });
