import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CODES } from './check.ts';

const PAGES = join(process.cwd(), 'docs/checks');

describe('the pages of docs/checks', () => {
  const pages = readdirSync(PAGES).filter((name) => name !== 'README.md');
  const index = readFileSync(join(PAGES, 'README.md'), 'utf8');

  it('are one for each check, and none besides', () => {
    expect(pages.map((name) => name.replace(/\.md$/, '')).toSorted()).toEqual([...CODES].toSorted());
  });

  it.each(pages)(
    '%s says what AWS does, how it shows and how to mend it, and is in the index with its title',
    (name) => {
      const page = readFileSync(join(PAGES, name), 'utf8');
      const code = name.replace(/\.md$/, '');
      const title = /^# `([a-z-]+)`: (.+)$/m.exec(page);
      expect(title?.[1]).toBe(code);
      expect(page.match(/^## .+$/gm)).toEqual(['## What AWS does', '## How it shows', '## How to mend it']);
      expect(index).toContain(`- [\`${code}\`](${name}): ${title?.[2]}\n`);
    },
  );
});
