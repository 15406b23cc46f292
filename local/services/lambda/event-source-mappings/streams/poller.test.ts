import { answer, failure, type House, idsOf, openHouse } from './streams.fixture.ts';

describe('the poller of a stream', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());
  const seen = () => house.seen.map(idsOf);

  it('hands what there is to the function, and then each record as it comes', async () => {
    for (const id of 'abc') await house.put(id, { n: { N: '1' }, bytes: { B: Uint8Array.from([1, 2]) } });
    const poller = house.start();
    await house.advance(0);
    expect(seen()).toEqual(['abc']);
    expect(house.seen[0]!.Records[0]).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: house.tables.clock.now() / 1000,
        Keys: { id: { S: 'a' } },
        NewImage: { id: { S: 'a' }, n: { N: '1' }, bytes: { B: 'AQI=' } },
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: house.arn,
    });
    await house.put('d');
    await house.advance(0);
    expect(seen()).toEqual(['abc', 'd']);
    expect(poller.isIdle).toBe(true);
    expect(house.said).toEqual(['OK']);
  });

  it('tries again after a second, two, four … and holds the shard meanwhile', async () => {
    house.respond = (_, index) => (index < 3 ? failure : answer(null));
    house.start();
    await house.put('a');
    await house.advance(0);
    await house.put('b');
    await house.advance(2_999);
    expect(seen()).toEqual(['a', 'a']);
    await house.advance(4_001);
    expect(seen()).toEqual(['a', 'a', 'a', 'a', 'b']);
    expect(house.said).toEqual(['PROBLEM: Function call failed', 'OK']);
  });
});
