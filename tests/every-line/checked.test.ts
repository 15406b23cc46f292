/** What `sampan check` says of every line that is taken out of the template, without starting anything. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../local/check/index.ts';
import { type Checker, openChecker } from './checked.ts';
import { ROOT } from './help-desk.ts';
import { type Line, linesThatMatter } from './lines.ts';
import { breaksNothing, looksAt, without } from './rounds.ts';

const TEMPLATE = readFileSync(join(ROOT, 'template.yaml'), 'utf8');

let checker: Checker;
let usual: ReadonlySet<string>;

beforeAll(async () => {
  checker = await openChecker();
  usual = new Set((await checker.findings(TEMPLATE)).map(textOf));
}, 120_000);

afterAll(() => checker?.close());

const textOf = ({ code, resource, message, remedy }: Finding): string =>
  // RDS names its secret anew each time.
  `${code} ${resource}: ${message}\n${remedy ?? ''}`.replaceAll(/rds!db-[\w-]+/g, 'rds!db');

/** It says so of the resource, or names it; of one that is gone, it says to add such a one. */
function names({ logicalId, type, path }: Line, text: string): boolean {
  return new RegExp(`\\b${logicalId}\\b`).test(text) || (path.length === 0 && text.includes(`Type: ${type}\n`));
}

const saysWhy = ({ message }: Finding): boolean =>
  /not proved|not known|cannot be|nothing was found|not looked at/i.test(message);
const isUnproved = ({ certainty }: Finding): boolean => certainty !== 'proved';

for (const round of looksAt(linesThatMatter(TEMPLATE, () => false))) {
  describe(round.length === 1 ? 'without one line' : 'without a line of each of several resources', () => {
    let findings: Finding[];
    beforeAll(async () => {
      const all = await checker.findings(without(TEMPLATE, round));
      // What is waived warns nobody, and names generated names, which are new each time.
      findings = all.filter((finding) => finding.waived === undefined && !usual.has(textOf(finding)));
    }, 120_000);

    for (const removal of round) {
      const { line } = removal;
      const place = `${line.id} (template.yaml:${line.line})`;
      if (breaksNothing(removal)) {
        it(`${place} is not missed`, () => {
          expect(findings).toEqual([]);
        });
      } else {
        it(`${place} is named`, () => {
          const about = findings.filter((finding) => names(line, textOf(finding)));
          expect(about.length > 0 ? 'named' : findings).toBe('named');
          // What is not proved says why it is not.
          expect(about.filter((finding) => isUnproved(finding) && !saysWhy(finding))).toEqual([]);
        });
      }
    }
  });
}
