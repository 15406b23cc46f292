/** An answer with its reasons, as a tree for people. */
import type { Colours } from '../output/terminal.ts';

export type Mark = 'yes' | 'no' | 'unknown' | 'none';

export interface Tree {
  readonly mark?: Mark;
  /** May have several lines. */
  readonly text: string;
  /** `template.yaml:212`, shown behind the text's first line. */
  readonly at?: string;
  readonly children?: readonly Tree[];
}

const SIGNS: Readonly<Record<Mark, string>> = { yes: '✔', no: '✘', unknown: '?', none: '·' };

/** Ends with a line end. */
export function renderTree(tree: Tree, colours: Colours): string {
  const paint: Readonly<Record<Mark, (text: string) => string>> = {
    yes: colours.green,
    no: colours.red,
    unknown: colours.yellow,
    none: colours.dim,
  };
  const lines: string[] = [];

  function write({ mark, text, at, children = [] }: Tree, head: string, below: string): void {
    const [first = '', ...more] = text.split('\n');
    const sign = mark ? `${paint[mark](SIGNS[mark])} ` : '';
    lines.push(`${head}${sign}${first}${at ? `  ${colours.cyan(at)}` : ''}`);
    const rest = `${below}${children.length > 0 ? '│ ' : '  '}`;
    for (const line of more) lines.push(`${rest}${line}`.trimEnd());
    for (const [index, child] of children.entries()) {
      const isLast = index === children.length - 1;
      write(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`);
    }
  }

  write(tree, '', '');
  return `${lines.join('\n')}\n`;
}
