/** What docs/permissions.md says of condition keys and of AWS's own policies is what the evaluator has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { AWS_MANAGED_AS_OF, awsManagedNames } from '../../local/policy/iam/aws-managed/index.ts';
import { KEYS_WE_KNOW } from '../../local/policy/iam/known-keys.ts';

const PAGE = readFileSync(join(process.cwd(), 'docs/permissions.md'), 'utf8');
const section = (title: string) => PAGE.split(/^## /m).find((text) => text.startsWith(title)) ?? '';

test('every condition key that a call here can have is named, and no other', () => {
  const named = section('Condition keys')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, key]) => key));
  expect(named.toSorted()).toEqual(KEYS_WE_KNOW.toSorted());
});

test('AWS’s own policies are as many and as old as it says', () => {
  const count = awsManagedNames().length.toLocaleString('en-US');
  expect(PAGE).toContain(`managed policies, ${count} of them, are those of ${AWS_MANAGED_AS_OF}`);
});
