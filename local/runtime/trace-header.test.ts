import { expect, test } from '@jest/globals';
import { tracingOf } from './trace-header.ts';

test('a sampled header gives its ids; any other gives nothing', () => {
  const root = '1-5759e988-bd862e3fe1be46a994272793';
  const traceHeader = `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0`;
  expect(tracingOf({ traceHeader })).toEqual({ traceId: root, segmentId: '53995c3f42cd8ad8' });
  expect(tracingOf({ traceHeader, segmentId: 'its own' })).toEqual({ traceId: root, segmentId: 'its own' });
  for (const untraced of [traceHeader.replace('Sampled=1', 'Sampled=0'), 'Sampled=1', '']) {
    expect(tracingOf({ traceHeader: untraced })).toBeUndefined();
  }
});
