import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../contract.ts';
import { formatJson } from './json.ts';
import { formatSarif } from './sarif.ts';
import { formatText, type Paint } from './text.ts';

const plain = (text: string) => text;
const PAINT: Paint = { red: plain, yellow: plain, cyan: plain, dim: plain, bold: plain };
const CHECKED = { resources: 60, functions: 4, seconds: 0.84 };

const FOUND: Finding[] = [
  {
    code: 'permission-missing',
    severity: 'error',
    certainty: 'proved',
    message: 'Tickets calls GetSecretValue',
    at: { file: 'my template.yaml', line: 12, column: 5 },
    resource: 'TicketsRole',
    remedy: 'add to TicketsRole:\n  - Effect: Allow',
  },
  { code: 'proxy-user-unknown', severity: 'error', certainty: 'unknown', message: 'Perhaps' },
  { code: 'endpoint-unused', severity: 'info', certainty: 'proved', message: 'Nobody', waived: 'Soon' },
];

describe('as text', () => {
  it('has the place, the sentence, the lines that mend it, and a sum', () => {
    expect(formatText(FOUND, CHECKED, PAINT)).toBe(`error  permission-missing  my template.yaml:12  TicketsRole
  Tickets calls GetSecretValue
  add to TicketsRole:
    - Effect: Allow

error unknown  proxy-user-unknown
  Perhaps

2 errors (1 of the errors not proved, 1 waived with a reason): 60 resources and 4 functions in 0.8 s
`);
  });

  it('says that there is nothing', () => {
    expect(formatText([], CHECKED, PAINT)).toBe('nothing found: 60 resources and 4 functions in 0.8 s\n');
  });
});

it('as JSON has everything, with the page', () => {
  const { findings } = JSON.parse(formatJson(FOUND));
  expect(findings).toHaveLength(3);
  expect(findings[0]).toEqual({ ...FOUND[0], page: 'docs/checks/permission-missing.md' });
});

describe('as SARIF 2.1.0', () => {
  const log = JSON.parse(formatSarif(FOUND, '1.2.3', new Map([['endpoint-unused', 'An endpoint that nobody uses']])));
  const [run] = log.runs;

  it('names the tool, and every rule once', () => {
    expect(log).toMatchObject({ version: '2.1.0', $schema: expect.stringContaining('sarif-2.1.0') });
    expect(run.tool.driver).toMatchObject({ name: 'sampan', version: '1.2.3' });
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      'endpoint-unused',
      'permission-missing',
      'proxy-user-unknown',
    ]);
    expect(run.tool.driver.rules[0].shortDescription.text).toBe('An endpoint that nobody uses');
  });

  it('points every result at its rule, and at its place as a URI', () => {
    for (const result of run.results) expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(run.results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'my%20template.yaml' },
      region: { startLine: 12, startColumn: 5 },
    });
    expect(run.results[1]).not.toHaveProperty('locations');
  });

  it('has levels of its own: what is not proved is no error, what is waived is suppressed', () => {
    expect(run.results.map(({ level }: { level: string }) => level)).toEqual(['error', 'warning', 'note']);
    expect(run.results[2].suppressions).toEqual([{ kind: 'inSource', justification: 'Soon' }]);
    expect(run.results[0]).not.toHaveProperty('suppressions');
  });
});
