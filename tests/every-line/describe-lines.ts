/**
 * Every line of the template that a request depends on is taken out of the running help desk: the request fails with AWS's
 * error, and what the log then advises, taken by its word, mends it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Expectation } from './expectations.ts';
import { type HelpDesk, holds, openHelpDesk, ROOT } from './help-desk.ts';
import { makeTickets } from './journeys.ts';
import { type Line, linesThatMatter } from './lines.ts';
import { type Outcome, play } from './playing.ts';
import { type Removal, type Round, roundsOf } from './rounds.ts';

const TEMPLATE = readFileSync(join(ROOT, 'template.yaml'), 'utf8');

/** The tests of some of its lines, with a help desk of their own. */
export function describeLines(isMine: (line: Line) => boolean): void {
  let desk: HelpDesk;

  beforeAll(async () => {
    desk = await openHelpDesk({ failFastNetwork: true, parameterOverrides: { DatabaseProtection: 'false' } });
    const { outcome, diagnostics } = await desk.apply(TEMPLATE);
    expect([outcome, diagnostics.filter(({ severity }) => severity === 'error')]).toEqual(['applied', []]);
    await makeTickets(desk);
  }, 120_000);

  afterAll(() => desk?.close());

  const lines = linesThatMatter(TEMPLATE, holds).filter(isMine);
  for (const round of roundsOf(lines)) describeRound(() => desk, round);
}

/** What came of it, in the words of what should come of it. */
function summary({ line, expectation }: Removal, { before, said, advice, after }: Outcome) {
  // A busy machine may have made it late: what works at last does not miss anything.
  if (expectation.kind === 'unknown') return { works: after.works, told: after.told };
  const shows = expectation.shows.test(said) ? expectation.shows.source : said;
  const mended = after.works ? true : `${after.told}\n${advice.join('\n')}`;
  const outcome = { works: before.works, shows, advice: advice.length > 0, mended };
  if (expectation.kind === 'fails') return outcome;
  return { ...outcome, names: before.told.includes(`${line.logicalId}: `) };
}

function expected(expectation: Expectation) {
  if (expectation.kind === 'unknown') return { works: true, told: expect.any(String) };
  const outcome = { works: false, shows: expectation.shows.source, advice: true, mended: true };
  return expectation.kind === 'fails' ? outcome : { ...outcome, names: true };
}

const CLAIMS: Readonly<Record<Expectation['kind'], string>> = {
  fails: 'is missed, and put back by advice',
  refused: 'cannot be taken out',
  unknown: 'is not missed',
};

function describeRound(desk: () => HelpDesk, round: Round): void {
  describe(round.length === 1 ? 'one line' : 'lines of different requests', () => {
    let outcomes: Outcome[];
    beforeAll(async () => {
      outcomes = await play(desk(), TEMPLATE, round);
    }, 240_000);

    for (const [at, removal] of round.entries()) {
      const { line, expectation } = removal;
      const claim = [CLAIMS[expectation.kind], 'reason' in expectation ? expectation.reason : undefined];
      it(`${line.id} (template.yaml:${line.line}) ${claim.filter(Boolean).join(': ')}`, () => {
        expect(summary(removal, outcomes[at]!)).toEqual(expected(expectation));
      });
    }
  });
}
