/** What `sampan check` says of every line that is taken out of the template, without starting anything. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../local/check/index.ts';
import { type Checker, openChecker } from './checked.ts';
import { holds, ROOT } from './help-desk.ts';
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

/** It says so of the resource, or names it; of one that is gone, or about something else now, it says to add such a one. */
function names(line: Line, text: string): boolean {
  const { type, path, kind, value } = line;
  if (new RegExp(`\\b${saidOf(line)}\\b`).test(text)) return true;
  if (!text.includes(`Type: ${type}\n`)) return false;
  return path.length === 0 || (kind === 'policy-target' && text.includes(`- ${value}\n`));
}

/** What its key and its bucket do not let CloudTrail do is said of the trail, and of them by their generated names. */
const saidOf = ({ logicalId, sid }: Line): string =>
  logicalId === 'TrailBucketPolicy' || (logicalId === 'DataKey' && sid?.startsWith('Trail')) ? 'Trail' : logicalId;

/**
 * Which index of a table a function asks is not read from its code: that it may not ask the table itself is waived, and
 * that it may not ask the index either cannot be told from it.
 */
const WAIVED = ['StatsRole.Policies.0.PolicyDocument.Statement.4 OldestTicket'];

const saysWhy = ({ message }: Finding): boolean =>
  /not proved|not known|cannot be|nothing was found|not looked at/i.test(message);
const isUnproved = ({ certainty }: Finding): boolean => certainty !== 'proved';

for (const round of looksAt(linesThatMatter(TEMPLATE, holds))) {
  describe(round.length === 1 ? 'without one line' : 'without a line of each of several resources', () => {
    let all: readonly Finding[];
    let findings: Finding[];
    beforeAll(async () => {
      all = await checker.findings(without(TEMPLATE, round));
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
      } else if (WAIVED.includes(line.id)) {
        it(`${place} is named, and that is waived`, () => {
          const about = all.filter((finding) => names(line, textOf(finding)));
          expect(about.map(({ code, waived }) => [code, waived !== undefined])).toContainEqual([
            'permission-missing',
            true,
          ]);
          expect(about.filter(({ waived }) => waived === undefined)).toEqual([]);
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
