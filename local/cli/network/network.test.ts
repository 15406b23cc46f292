import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pico from 'picocolors';
import { drawCloud } from '../drawn-cloud.ts';
import { drawnRows } from '../network.ts';
import { findProject } from '../project.ts';
import { formatTable } from './print.ts';

const PAGE = readFileSync('docs/network.md', 'utf8');
const block = (language: string): string => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(PAGE)![1]!;

test('the page about the network shows what the command prints of its template', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sampan-network-'));
  try {
    const template = join(directory, 'template.yaml');
    writeFileSync(template, block('yaml'));
    const drawn = await drawCloud(findProject({ template }, process.cwd()));
    try {
      expect(drawn.report.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const rows = await drawnRows(drawn, new Map());
      expect(formatTable(rows, pico.createColors(false))).toBe(block('text'));
    } finally {
      await drawn.close();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
