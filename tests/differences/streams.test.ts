import {
  answer,
  type House,
  idsOf,
  openHouse,
} from '../../local/services/lambda/event-source-mappings/streams/streams.fixture.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

test('L29: a record is handed on at once, and a window is over with its last second', async () => {
  house.respond = () => answer({ state: {} });
  house.start({ stream: { tumblingWindowSeconds: 60 } });
  await house.put('a');
  await house.advance(0);
  expect(house.seen.map(idsOf)).toEqual(['a']);
  await house.advance(60_000);
  expect(house.seen.map(({ isFinalInvokeForWindow }) => isFinalInvokeForWindow)).toEqual([false, true]);
});
