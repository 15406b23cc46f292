import { expect, test } from '@jest/globals';
import { ManualClock, openStore } from './index.ts';
import { createUsage } from './usage.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:tickets';

test('each thing is kept once, over restarts too, and its failure besides its success', () => {
  const store = openStore('memory');
  const clock = new ManualClock();
  try {
    const usage = createUsage({ store, clock });
    const read = { functionArn: FUNCTION, action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' };
    for (const allowed of [true, false, true, false]) usage.permission({ ...read, allowed });
    usage.permission({ ...read, resource: 'arn:aws:s3:::b/other', allowed: true });
    const database = { functionArn: FUNCTION, hostname: 'db', port: 3306 };
    for (const reached of [true, true]) usage.connection({ ...database, reached });
    const before = store.writes('usage');

    const again = createUsage({ store, clock });
    again.permission({ ...read, allowed: true });
    again.connection({ ...database, reached: true });
    expect(store.writes('usage')).toBe(before);
    expect(again.permissions().map(({ resource, allowed }) => `${resource} ${allowed}`)).toEqual([
      'arn:aws:s3:::b/k false',
      'arn:aws:s3:::b/k true',
      'arn:aws:s3:::b/other true',
    ]);
    expect(again.connections()).toEqual([{ ...database, reached: true, at: clock.now() }]);
    again.connection({ ...database, port: 3307, reached: true });
    expect(again.connections()).toHaveLength(2);
  } finally {
    store.close();
  }
});
