import { Runtime } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { IMAGE, RUNTIMES, runtimeOf } from './runtimes.ts';

describe('every runtime that Lambda’s own API knows', () => {
  test.each(Object.values(Runtime))('%s is known here too', (name) => {
    expect(runtimeOf(name).kind).not.toBe('unknown');
  });
});

test('what runs here says how', () => {
  expect(RUNTIMES.map(runtimeOf)).toEqual([
    { kind: 'node', major: 24 },
    { kind: 'node', major: 22 },
    { kind: 'provided' },
    { kind: 'provided' },
  ]);
});

test('what AWS runs and this machine does not is named, images too', () => {
  for (const name of ['python3.13', 'java25', 'dotnet10', 'ruby3.4', 'nodejs26.x', IMAGE]) {
    expect(runtimeOf(name)).toMatchObject({ kind: 'elsewhere', message: expect.stringContaining('here') });
  }
});

test('what AWS no longer creates is refused as AWS words it', () => {
  for (const name of ['nodejs20.x', 'nodejs18.x', 'python3.8', 'go1.x', 'java8', 'provided', 'nodejs']) {
    expect(runtimeOf(name)).toEqual({
      kind: 'blocked',
      message: expect.stringContaining(
        `The runtime parameter of ${name} is no longer supported for creating or updating`,
      ),
    });
  }
});

test('anything else is no runtime', () => {
  for (const name of ['nodejs24', 'node24', 'rust', 'python', 'NODEJS24.X']) {
    expect(runtimeOf(name).kind).toBe('unknown');
  }
});
