/**
 * Every line of the template that a request depends on is taken out of the running help desk: the request fails with AWS's
 * error, and what the log then advises, taken by its word, mends it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Expectation } from './expectations.ts';
import { type HelpDesk, openHelpDesk, ROOT } from './help-desk.ts';
import { linesThatMatter } from './lines.ts';
import { type Outcome, play } from './playing.ts';
import { roundsOf } from './rounds.ts';

const TEMPLATE = readFileSync(join(ROOT, 'template.yaml'), 'utf8');
const ROUNDS = roundsOf(linesThatMatter(TEMPLATE, () => false));

let desk: HelpDesk;

beforeAll(async () => {
  desk = await openHelpDesk({ failFastNetwork: true, parameterOverrides: { DatabaseProtection: 'false' } });
  const { outcome, diagnostics } = await desk.apply(TEMPLATE);
  expect([outcome, diagnostics.filter(({ severity }) => severity === 'error')]).toEqual(['applied', []]);
}, 120_000);

afterAll(() => desk?.close());

/** What came of it, in the words of what should come of it. */
function summary(expectation: Expectation, { before, said, advice, after }: Outcome) {
  if (expectation.kind === 'unknown') return { works: before.works, told: before.told };
  return {
    works: before.works,
    shows: expectation.shows.test(said) ? expectation.shows.source : said,
    advice: advice.length > 0,
    mended: after.works ? true : `${after.told}\n${advice.join('\n')}`,
  };
}

function expected(expectation: Expectation) {
  if (expectation.kind === 'unknown') return { works: true, told: expect.any(String) };
  return { works: false, shows: expectation.shows.source, advice: true, mended: true };
}

for (const round of ROUNDS) {
  describe(round.length === 1 ? 'one line' : 'one line of each role', () => {
    let outcomes: Outcome[];
    beforeAll(async () => {
      outcomes = await play(desk, TEMPLATE, round);
    }, 60_000);

    for (const [at, { line, expectation }] of round.entries()) {
      const what = `${line.id} (template.yaml:${line.line})`;
      const claim =
        expectation.kind === 'fails' ? 'is missed, and put back by advice' : `is not missed: ${expectation.reason}`;
      it(`${what} ${claim}`, () => {
        expect(summary(expectation, outcomes[at]!)).toEqual(expected(expectation));
      });
    }
  });
}
