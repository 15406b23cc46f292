/** Findings for people: the place, what is wrong, what mends it, and a line with the sum. */
import type { Finding } from '../contract.ts';

export interface Paint {
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

export interface Checked {
  readonly resources: number;
  readonly functions: number;
  readonly seconds: number;
}

export function formatText(found: readonly Finding[], checked: Checked, paint: Paint): string {
  const shown = found.filter(({ waived }) => waived === undefined);
  const blocks = shown.map((finding) => formatFinding(finding, paint));
  return [...blocks, summary(found, checked, paint)].join('\n');
}

function formatFinding({ at, severity, certainty, code, resource, message, remedy }: Finding, paint: Paint): string {
  const colour = { error: paint.red, warning: paint.yellow, info: paint.cyan }[severity];
  const place = at ? `${at.file}:${at.line}` : '';
  const sure = certainty === 'proved' ? '' : ` ${certainty}`;
  const head = [colour(`${severity}${sure}`), paint.dim(code), paint.bold(place), resource].filter(Boolean).join('  ');
  const lines = [head, ...indented(message)];
  if (remedy !== undefined) lines.push(...indented(remedy).map(paint.cyan));
  return `${lines.join('\n')}\n`;
}

const indented = (text: string): string[] => text.split('\n').map((line) => `  ${line}`);

function summary(found: readonly Finding[], { resources, functions, seconds }: Checked, paint: Paint): string {
  const open = found.filter(({ waived }) => waived === undefined);
  const waived = found.length - open.length;
  const count = (severity: Finding['severity'], one: string, many: string) => {
    const number = open.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const counts = [
    ...count('error', 'error', 'errors'),
    ...count('warning', 'warning', 'warnings'),
    ...count('info', 'note', 'notes'),
  ];
  const proved = open.filter(({ severity, certainty }) => severity === 'error' && certainty !== 'unknown').length;
  const unproved = open.filter(({ severity }) => severity === 'error').length - proved;
  const said = counts.length === 0 ? 'nothing found' : counts.join(', ');
  const aside = [
    ...(unproved > 0 ? [`${unproved} of the errors not proved`] : []),
    ...(waived > 0 ? [`${waived} waived with a reason`] : []),
  ];
  const looked = `${resources} resources and ${functions} functions in ${seconds.toFixed(1)} s`;
  const more = aside.length > 0 ? ` (${aside.join(', ')})` : '';
  const line = `${said}${more}: ${looked}`;
  return `${proved > 0 ? paint.red(line) : line}\n`;
}
