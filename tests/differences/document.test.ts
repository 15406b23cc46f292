/** Every line of docs/differences.md has a test that fails when the difference goes away, and every test its line. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { idsInTitles, readDifferences, testSources } from './document.ts';
import { NOT_TESTABLE } from './not-testable.ts';

const DIRECTORY = join(process.cwd(), 'tests/differences');
const DIFFERENCES = readDifferences(readFileSync(join(process.cwd(), 'docs/differences.md'), 'utf8'));
const IDS = DIFFERENCES.map(({ id }) => id);
const TESTED = [...testSources(DIRECTORY).values()].flatMap(idsInTitles);

const repeated = (ids: readonly string[]) => ids.filter((id, index) => ids.indexOf(id) !== index);
const without = (ids: readonly string[], others: readonly string[]) => ids.filter((id) => !others.includes(id));

test('every difference has an id of its own', () => {
  expect(IDS.length).toBeGreaterThan(50);
  expect(repeated(IDS)).toEqual([]);
});

test('every difference has a test, or a reason why it can have none here', () => {
  expect(without(IDS, [...TESTED, ...Object.keys(NOT_TESTABLE)])).toEqual([]);
});

test('every test and every reason has its difference', () => {
  expect(without([...TESTED, ...Object.keys(NOT_TESTABLE)], IDS)).toEqual([]);
});

test('nothing that is tested is excused', () => {
  expect(TESTED.filter((id) => id in NOT_TESTABLE)).toEqual([]);
});

test('every file that a difference names is there', () => {
  const named = DIFFERENCES.flatMap(({ text }) => [...text.matchAll(/`([\w-]+\/[\w./-]+)`/g)].map(([, path]) => path));
  expect(named.length).toBeGreaterThan(40);
  const local = join(process.cwd(), 'local');
  expect(named.filter((path) => path?.endsWith('.ts') && !existsSync(join(local, path)))).toEqual([]);
});

test('an item without an id is no difference', () => {
  expect(() => readDifferences('- Something differs.')).toThrow('no difference with an id: - Something differs.');
  expect(readDifferences('# Title\n\n- **X1** Something differs.\n')).toEqual([
    { id: 'X1', text: 'Something differs.' },
  ]);
});
