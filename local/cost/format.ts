/** The report for people. Pure. */
import type { CostReport, Egress, Line } from './contract.ts';
import { PRICED_REGION } from './prices.ts';

const UNCOMPARED =
  "~ was not compared with AWS's price page: look there before you rely on it (--format json names it)";

/** Of the columns, in characters; longer ones push what follows aside. */
const WIDTH = { who: 32, what: 52, times: 40 };

export function formatCost(report: CostReport): string {
  const { lines, region, stack, requests } = report;
  const [oldest = ''] = lines.map(({ price }) => price.asOf).sort();
  const from =
    region === PRICED_REGION ? region : `${PRICED_REGION}: those of ${region} are not known here, and differ`;
  const text = [
    `${stack}, a month of 730 hours with ${number(requests)} requests`,
    `Prices in USD of ${from}; on demand, without free tier; as of ${oldest}`,
    ...(lines.some(({ price }) => !price.isCompared) ? [UNCOMPARED] : []),
    '',
    ...section(
      'For being there',
      lines.filter(({ kind }) => kind === 'fixed'),
      report.fixedUsd,
    ),
    ...section(
      'For what happens',
      lines.filter(({ kind }) => kind === 'use'),
      report.useUsd,
    ),
    total('Together', report.totalUsd),
    '',
    ...(report.egress ? egressText(report.egress) : []),
    ...list(
      'What would add to it',
      report.additions.map(({ what, usd }) => `${money(usd).padStart(9)}  ${what}`),
    ),
    ...list('Assumed', report.assumptions),
    ...list(
      'Not in the sum',
      report.unpriced.map(({ logicalId, type, why }) => `${logicalId} (${type}): ${why}`),
    ),
  ];
  return `${text.join('\n').trimEnd()}\n`;
}

function section(title: string, lines: readonly Line[], usd: number): string[] {
  if (lines.length === 0) return [];
  return [title, ...grouped(lines).map(row), total('', usd), ''];
}

/** Of several resources of one kind and price, one line. */
function grouped(lines: readonly Line[]): Line[] {
  const groups = Map.groupBy(lines, ({ what, price, kind }) => `${what} ${price.usd} ${price.per} ${kind}`);
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    resources: group.flatMap(({ resources }) => resources),
    quantity: group.reduce((sum, { quantity }) => sum + quantity, 0),
    usd: group.reduce((sum, { usd }) => sum + usd, 0),
  }));
}

function row({ resources, what, quantity, price, usd }: Line): string {
  const [first = '', ...more] = resources;
  const who = more.length === 0 ? first : `${first} +${more.length}`;
  const amount = price.per.startsWith('million ') ? quantity / 1_000_000 : quantity;
  const times = `${number(amount)} × ${price.isCompared ? '' : '~'}${price.usd} / ${price.per}`;
  return `  ${who.padEnd(WIDTH.who)} ${what.padEnd(WIDTH.what)} ${times.padEnd(WIDTH.times)} ${money(usd).padStart(10)}`;
}

function total(title: string, usd: number): string {
  const width = WIDTH.who + WIDTH.what + WIDTH.times + 4;
  return `${`${title === '' ? '' : title} `.padEnd(width, ' ')} ${money(usd).padStart(10)}`;
}

function egressText({ endpoints, nat, breakEvenGb }: Egress): string[] {
  const ours = `${endpoints.count} interface endpoints in ${endpoints.zones} zone${endpoints.zones === 1 ? '' : 's'}`;
  const theirs = `${nat.gateways} NAT gateway${nat.gateways === 1 ? '' : 's'} with ${nat.gateways === 1 ? 'its address' : 'their addresses'}`;
  const verdict =
    breakEvenGb === undefined
      ? 'Endpoints are cheaper, whatever goes through.'
      : `NAT is cheaper up to ${number(Math.round(breakEvenGb))} GB a month, endpoints from there on.`;
  return [
    'Endpoints or NAT',
    `  ${money(endpoints.usd).padStart(9)} + 0.01 a GB   ${ours}`,
    `  ${money(nat.usd).padStart(9)} + 0.045 a GB  ${theirs}`,
    `  ${verdict} Gateway endpoints for S3 and DynamoDB are free with both.`,
    '',
  ];
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [title, ...items.map((item) => `  ${item}`), ''];
}

const money = (usd: number): string => (usd > 0 && usd < 0.01 ? '< 0.01' : usd.toFixed(2));

const number = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 4 : value < 1000 ? 1 : 0 });
