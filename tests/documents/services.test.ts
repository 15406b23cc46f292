/** docs/services.md lists what the services answer, and nothing else. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { inHouse } from '../conformance/house.ts';
import { servicesPage } from './services.ts';

const PAGE = join(process.cwd(), 'docs/services.md');

const house = inHouse({ template: { Resources: { Group: { Type: 'AWS::Logs::LogGroup' } } } });

test('the page of services is what the code answers', async () => {
  const page = await servicesPage(house().cloud.kernel.registry);
  if (process.env['SAMPAN_WRITE_DOCUMENTS'] === '1') writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});
