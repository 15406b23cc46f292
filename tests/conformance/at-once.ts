import { test } from '@jest/globals';

export type AtOnce = (name: string, body: () => Promise<void>) => void;

/**
 * `test` for cases that mostly wait and have functions of their own: all that one `testsAtOnce()` is given run at the same
 * time, as soon as Jest gets to the first, behind the `beforeAll` of their `describe`. Each still passes or fails by its
 * name. (Jest's own `test.concurrent` does not wait for `beforeAll`.)
 */
export function testsAtOnce(): AtOnce {
  const bodies: (() => Promise<void>)[] = [];
  let results: Promise<PromiseSettledResult<void>>[] | undefined;
  return (name, body) => {
    const at = bodies.push(body) - 1;
    test(name, async () => {
      results ??= bodies.map(async (each) => (await Promise.allSettled([each()]))[0]);
      const result = await results[at]!;
      if (result.status === 'rejected') throw result.reason;
    });
  };
}
