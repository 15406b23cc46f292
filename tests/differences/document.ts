/** What docs/differences.md lists, and which of it the tests beside this file prove. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Difference {
  /** Stable, e.g. `L12`: never given to another difference. */
  readonly id: string;
  readonly text: string;
}

const LINE = /^- \*\*([A-Z]\d+)\*\* (.+)$/;
/** Tests are named by the difference they prove: `test('L12: …')`. */
const TITLE = /(['"`])([A-Z]\d+): .*?\1/g;

/** Throws for an item of a list that has no id: there is no difference without a test. */
export function readDifferences(markdown: string): Difference[] {
  return markdown.split('\n').flatMap((line) => {
    if (!line.startsWith('- ')) return [];
    const [, id, text] = LINE.exec(line) ?? [];
    if (id === undefined || text === undefined) throw new Error(`no difference with an id: ${line}`);
    return [{ id, text }];
  });
}

/** Ids in the titles of a test file's text, each as often as it stands there. */
export function idsInTitles(source: string): string[] {
  return [...source.matchAll(TITLE)].map(([, , id]) => id as string);
}

/** The text of every test of this folder but this document's own, by file name. */
export function testSources(directory: string): ReadonlyMap<string, string> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.test.ts') && name !== 'document.test.ts');
  return new Map(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}
