import { setTimeout as pause } from 'node:timers/promises';
import { createNamespace, getNamespace } from './contexts.ts';

describe('contexts of the X-Ray SDK', () => {
  const namespace = createNamespace('test');

  it('has none, and nothing to write to, before one is entered', () => {
    expect(namespace.get('segment')).toBeUndefined();
    expect(() => namespace.set('segment', 1)).toThrow('No context');
  });

  it('begins in the one entered last, wherever the code comes from', async () => {
    await Promise.resolve().then(() => namespace.enter(namespace.createContext()));
    namespace.set('segment', 'function');
    expect(namespace.get('segment')).toBe('function');
    expect(await new Promise((resolve) => setImmediate(() => resolve(namespace.get('segment'))))).toBe('function');
  });

  it('keeps those apart that run at the same time, and each inside the one around it', async () => {
    const seen: unknown[] = [];
    const within = (name: string, ms: number, inner?: () => Promise<void>) =>
      new Promise<void>((resolve, reject) => {
        namespace.run(async () => {
          try {
            expect(namespace.get('segment')).toBe(name === 'inner' ? 'slow' : 'function');
            namespace.set('segment', name);
            await pause(ms);
            await inner?.();
            seen.push([name, namespace.get('segment')]);
            resolve();
          } catch (error) {
            reject(error);
          }
        });
      });
    await Promise.all([within('slow', 20, () => within('inner', 1)), within('fast', 5)]);
    expect(seen.toSorted()).toEqual([
      ['fast', 'fast'],
      ['inner', 'inner'],
      ['slow', 'slow'],
    ]);
    expect(namespace.get('segment')).toBe('function');
  });

  it('knows namespaces by name', () => {
    expect(getNamespace('test')).toBe(namespace);
    expect(getNamespace('another')).toBeUndefined();
  });
});
