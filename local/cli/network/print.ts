/** The table for people, and the ways of one function hop by hop. */
import type { LineOf } from '../../policy/remedy.ts';
import type { Colours } from '../output/terminal.ts';
import type { Cell, Row } from './matrix.ts';

const GAP = '  ';

/** Functions are rows, targets are columns; a star is before what the function's code uses. */
export function formatTable(rows: readonly Row[], colours: Colours): string {
  if (rows.length === 0) return 'no function\n';
  const header = ['', ...rows[0]!.cells.map(({ target }) => target)];
  const lines = rows.map(({ name, cells }) => [name, ...cells.map(wordOf)]);
  const widths = header.map((_, column) => Math.max(...[header, ...lines].map((line) => line[column]!.length)));
  const padded = (line: readonly string[], paint: (text: string, column: number) => string) =>
    line
      .map((text, column) => paint(text, column) + ' '.repeat(widths[column]! - text.length))
      .join(GAP)
      .trimEnd();
  const table = [
    padded(header, (text) => colours.bold(text)),
    ...rows.map(({ cells }, index) =>
      padded(lines[index]!, (text, column) => (column === 0 ? text : painted(cells[column - 1]!, text, colours))),
    ),
  ];
  return `${[...table, '', ...legend(rows), ...problems(rows)].join('\n')}\n`;
}

function wordOf(cell: Cell): string {
  const word = cell.reach === 'yes' ? cell.by : cell.reach === 'no' ? 'no' : '?';
  return cell.used ? `*${word}` : word;
}

function painted({ reach, used }: Cell, text: string, { green, red, yellow, dim }: Colours): string {
  if (reach === 'yes') return green(text);
  if (reach === 'unknown') return yellow(text);
  return used ? red(text) : dim(text);
}

const MEANINGS: Readonly<Record<string, string>> = {
  endpoint: 'by a VPC endpoint',
  nat: 'through a NAT gateway',
  inside: 'inside the VPC',
  public: "from Lambda's own network",
  no: 'not reached',
  '?': 'not known here',
};

function legend(rows: readonly Row[]): string[] {
  const words = new Set(rows.flatMap(({ cells }) => cells.map(wordOf)).map((word) => word.replace('*', '')));
  const said = Object.entries(MEANINGS).flatMap(([word, meaning]) => (words.has(word) ? [`${word}: ${meaning}`] : []));
  const star = rows.some(({ cells }) => cells.some(({ used }) => used)) ? ['*: its code uses it'] : [];
  return [[...said, ...star].join('; ')];
}

/** Of what code uses and does not reach, why. */
function problems(rows: readonly Row[]): string[] {
  const said = rows.flatMap(({ name, cells }) =>
    cells.flatMap((cell) => (cell.used && cell.reach !== 'yes' ? [`${name} → ${cell.target}: ${cell.reason}`] : [])),
  );
  return said.length > 0 ? ['', ...said] : [];
}

/** Every way of one function: each hop with what it does to a packet, and its line. */
export function formatWays({ name, cells }: Row, lineOf: LineOf, { green, red, yellow, dim, bold }: Colours): string {
  const blocks = cells.map((cell) => {
    const title = { yes: green('yes'), no: red('no'), unknown: yellow('?') }[cell.reach];
    const by = cell.reach === 'yes' ? ` (${cell.endpoint ?? cell.by})` : '';
    const hops = cell.path.map(({ kind, id, note, place }) => {
      const line = place && lineOf(place);
      return `  ${kind} ${place?.logicalId ?? id}: ${note}${line ? dim(` ${line}`) : ''}`;
    });
    const end =
      cell.reach === 'yes'
        ? []
        : [`  ${cell.reason}`, ...('remedy' in cell && cell.remedy ? [indented(cell.remedy)] : [])];
    return [`${bold(`${name} → ${cell.target}:${cell.port}`)} ${title}${by}`, ...hops, ...end].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
