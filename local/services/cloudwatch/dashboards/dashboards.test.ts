/** Dashboards through the real client. */
import {
  DeleteDashboardsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  PutDashboardCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CloudWatchHouse, openCloudWatch } from '../testing.ts';
import { checkBody } from './body.ts';

let house: CloudWatchHouse;
beforeAll(async () => {
  house = await openCloudWatch();
});
afterAll(() => house.close());

const widget = (more: object = {}) => ({
  type: 'text',
  x: 0,
  y: 0,
  width: 6,
  height: 2,
  properties: { markdown: 'Hello' },
  ...more,
});
const body = (...widgets: object[]) => JSON.stringify({ widgets });
const put = (DashboardName: string, DashboardBody: string) =>
  house.client.send(new PutDashboardCommand({ DashboardName, DashboardBody }));

test('are put, read, listed and deleted, all or none', async () => {
  expect((await put('shop', body(widget()))).DashboardValidationMessages ?? []).toEqual([]);
  await put('other', body());
  expect(await house.client.send(new GetDashboardCommand({ DashboardName: 'shop' }))).toMatchObject({
    DashboardArn: 'arn:aws:cloudwatch::123456789012:dashboard/shop',
    DashboardBody: body(widget()),
  });
  const listed = await house.client.send(new ListDashboardsCommand({ DashboardNamePrefix: 's' }));
  expect(listed.DashboardEntries).toMatchObject([{ DashboardName: 'shop', Size: body(widget()).length }]);
  const remove = (...DashboardNames: string[]) => house.client.send(new DeleteDashboardsCommand({ DashboardNames }));
  await expect(remove('shop', 'none')).rejects.toThrow(/none does not exist/);
  await remove('shop', 'other');
  await expect(house.client.send(new GetDashboardCommand({ DashboardName: 'shop' }))).rejects.toThrow(/does not exist/);
});

test.each<[string, string, string]>([
  ['text that is no JSON', 'widgets', ''],
  ['no widgets', '{}', ''],
  ['a widget without a type', body(widget({ type: undefined })), '/widgets/0'],
  ['an unknown type', body(widget({ type: 'gauge' })), '/widgets/0/type'],
  ['a widget too wide', body(widget({ width: 25 })), '/widgets/0/width'],
  ['half a place', body(widget({ y: undefined })), '/widgets/0'],
  [
    'a graph without metrics',
    body(widget({ type: 'metric', properties: { region: 'us-east-1' } })),
    '/widgets/0/properties',
  ],
  [
    'a metric without a name',
    body(widget({ type: 'metric', properties: { region: 'r', metrics: [['AWS/Lambda']] } })),
    '/widgets/0/properties/metrics/0',
  ],
])('%s is refused, with its place', async (_what, text, place) => {
  expect(checkBody(text).errors.map(({ DataPath }) => DataPath)).toContain(place);
  await expect(put('bad', text)).rejects.toThrow(/dashboard body is invalid/);
});
