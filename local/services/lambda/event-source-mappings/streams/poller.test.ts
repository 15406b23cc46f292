import { answer, failure, type House, idsOf, openHouse, type Seen, throttled } from './streams.fixture.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:given-up';

describe('the poller of a stream', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());
  const seen = () => house.seen.map(idsOf);
  const put = async (ids: string) => {
    for (const id of ids) await house.put(id);
  };
  const total = (metric: string) =>
    house.counted.reduce((sum, counted) => sum + (counted.metric === metric ? counted.value : 0), 0);

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

  it('says of what has expired who deleted it, as Lambda spells it', async () => {
    const expires = { N: String(house.tables.clock.now() / 1000 + 60) };
    const TableName = house.arn.split('/')[1];
    const ttl = { AttributeName: 'expires', Enabled: true };
    await house.tables.call('UpdateTimeToLive', { TableName, TimeToLiveSpecification: ttl });
    house.start();
    await house.put('a', { expires });
    await house.advance(61_000);
    expect(house.seen.at(-1)!.Records).toEqual([
      expect.objectContaining({
        eventName: 'REMOVE',
        userIdentity: { principalId: 'dynamodb.amazonaws.com', type: 'Service' },
      }),
    ]);
  });

  it('begins at LATEST with what comes after it', async () => {
    await put('ab');
    const poller = house.start({ stream: { startingPosition: 'LATEST' } });
    await house.advance(0);
    expect(poller.isIdle).toBe(true);
    await put('c');
    await house.advance(0);
    expect(seen()).toEqual(['c']);
  });

  it('fills batches from what has come meanwhile, and no further than their size', async () => {
    let go: () => void = () => {};
    house.respond = (_, index) =>
      index === 0 ? new Promise((resolve) => (go = () => resolve(answer(null)))) : answer(null);
    house.start({ batchSize: 3 });
    await put('a');
    await house.advance(0);
    await put('bcdef');
    go();
    await house.advance(0);
    expect(seen()).toEqual(['a', 'bcd', 'ef']);
  });

  it('gathers for as long as the window lasts from the first record on, unless the batch is full before', async () => {
    house.start({ batchSize: 3, batchingWindowSeconds: 10 });
    await put('a');
    await house.advance(9_000);
    await put('b');
    await house.advance(999);
    expect(seen()).toEqual([]);
    await house.advance(1);
    expect(seen()).toEqual(['ab']);
    await put('cde');
    await house.advance(0);
    expect(seen()).toEqual(['ab', 'cde']);
  });

  it('passes over what no filter wants, and never invokes for it', async () => {
    const filters = ['{"dynamodb":{"NewImage":{"n":{"N":["2"]}}}}', '{"eventName":["REMOVE"]}'];
    const poller = house.start({ filters });
    for (const [id, n] of ['a1', 'b2', 'c1']) await house.put(id!, { n: { N: n! } });
    await house.advance(0);
    expect(seen()).toEqual(['b']);
    expect([total('PolledEventCount'), total('FilteredOutEventCount'), total('InvokedEventCount')]).toEqual([3, 2, 1]);
    await poller.stop(0);
    house.start({ filters });
    await house.advance(0);
    expect(total('PolledEventCount')).toBe(3);
  });

  it('tells how old the last record of a batch is', async () => {
    await put('a');
    await house.advance(5_000);
    await put('b');
    await house.advance(2_000);
    house.start();
    await house.advance(0);
    expect(total('IteratorAge')).toBe(2_000);
  });

  describe('when the function fails', () => {
    it('tries again after a second, two, four … and holds the shard meanwhile', async () => {
      house.respond = (_, index) => (index < 3 ? failure : answer(null));
      house.start();
      await put('a');
      await house.advance(0);
      await put('b');
      await house.advance(2_999);
      expect(seen()).toEqual(['a', 'a']);
      await house.advance(4_001);
      expect(seen()).toEqual(['a', 'a', 'a', 'a', 'b']);
      expect(house.said).toEqual(['PROBLEM: Function call failed', 'OK']);
    });

    it('gives up after its retries, tells the destination where the records are, and goes on', async () => {
      house.respond = (event) => (idsOf(event).includes('a') ? failure : answer(null));
      await put('ab');
      house.start({ stream: { maximumRetryAttempts: 1, onFailureArn: QUEUE } });
      await house.advance(0);
      const arrived = new Date(house.tables.clock.now()).toISOString().replace('.000', '');
      await put('c');
      await house.advance(1_000);
      expect(seen()).toEqual(['ab', 'ab', 'c']);
      const [first, second] = house.seen[0]!.Records.map(({ dynamodb }) => dynamodb.SequenceNumber);
      const { StreamDescription } = await house.tables.call('DescribeStream', { StreamArn: house.arn });
      expect(house.delivered).toEqual([
        {
          arn: QUEUE,
          record: {
            requestContext: {
              requestId: 'a-request',
              functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:handler',
              condition: 'RetryAttemptsExhausted',
              approximateInvokeCount: 2,
            },
            responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
            version: '1.0',
            timestamp: new Date(house.tables.clock.now()).toISOString(),
            DDBStreamBatchInfo: {
              shardId: StreamDescription.Shards[0].ShardId,
              startSequenceNumber: first,
              endSequenceNumber: second,
              approximateArrivalOfFirstRecord: arrived,
              approximateArrivalOfLastRecord: arrived,
              batchSize: 2,
              streamArn: house.arn,
            },
          },
        },
      ]);
      expect([total('FailedInvokeEventCount'), total('DroppedEventCount')]).toEqual([4, 2]);
    });

    it('hands a bucket the whole event too', async () => {
      house.respond = () => failure;
      await put('a');
      house.start({ stream: { maximumRetryAttempts: 0, onFailureArn: 'arn:aws:s3:::given-up' } });
      await house.advance(0);
      const { payload } = house.delivered[0]!.record as { payload: string };
      expect(JSON.parse(payload)).toEqual(house.seen[0]);
    });

    it('splits a batch in halves until the record that fails stands alone; splitting is no retry', async () => {
      house.respond = (event) => (idsOf(event).includes('c') ? failure : answer(null));
      await put('abcde');
      house.start({ stream: { bisectsOnError: true, maximumRetryAttempts: 0, onFailureArn: QUEUE } });
      await house.advance(0);
      expect(seen()).toEqual(['abcde', 'abc', 'ab', 'c', 'de']);
      expect(house.delivered).toMatchObject([{ record: { DDBStreamBatchInfo: { batchSize: 1 } } }]);
    });

    it('does not count what never reached the function, and gives it up by its age', async () => {
      house.respond = () => throttled;
      await put('a');
      house.start({ stream: { maximumRetryAttempts: 0, maximumRecordAgeSeconds: 60, onFailureArn: QUEUE } });
      await house.advance(60_000);
      expect(seen().length).toBeGreaterThan(4);
      expect(house.delivered).toEqual([]);
      house.respond = () => answer(null);
      await put('b');
      await house.advance(4_000);
      expect(house.delivered).toMatchObject([
        {
          record: {
            requestContext: { condition: 'MaximumRecordAgeExceeded', approximateInvokeCount: 0 },
            responseContext: { statusCode: 429, functionError: 'TooManyRequestsException' },
          },
        },
      ]);
      expect(seen().at(-1)).toBe('b');
      expect(house.said).toEqual(['PROBLEM: Rate Exceeded.', 'OK']);
    });

    it('tries for as long as the stream keeps the record, and no longer', async () => {
      house.respond = () => failure;
      house.start({ stream: { onFailureArn: QUEUE } });
      await put('a');
      await house.advance(86_400_000);
      expect(house.delivered).toEqual([]);
      const tries = house.seen.length;
      expect(tries).toBeGreaterThan(1_400);
      await house.advance(60_000);
      expect(house.delivered).toHaveLength(1);
      house.respond = () => answer(null);
      // Its iterator expired long ago.
      await put('b');
      await house.advance(0);
      expect(seen().slice(tries)).toEqual(['b']);
    });
  });

  describe('a function that reports what failed', () => {
    const failing = (ids: string) => (event: Seen) => {
      const itemIdentifiers = event.Records.filter(({ dynamodb }) => ids.includes(dynamodb.Keys.id.S));
      const batchItemFailures = itemIdentifiers.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber }));
      return answer({ batchItemFailures });
    };

    it('gets what is from the lowest of them on, which has all its tries before it', async () => {
      house.respond = failing('ce');
      await put('abcdef');
      const stream = { maximumRetryAttempts: 3, onFailureArn: QUEUE };
      house.start({ reportsBatchItemFailures: true, batchSize: 3, stream });
      await house.advance(60_000);
      expect(seen()).toEqual(['abc', 'c', 'c', 'c', 'c', 'def', 'ef', 'ef', 'ef', 'ef']);
      expect(house.delivered).toMatchObject([
        { record: { requestContext: { approximateInvokeCount: 4 }, responseContext: { functionError: null } } },
        { record: { DDBStreamBatchInfo: { batchSize: 2 } } },
      ]);
    });

    it('splits what is left of the batch, where it is to be split', async () => {
      house.respond = failing('c');
      await put('abcdef');
      const stream = { maximumRetryAttempts: 0, bisectsOnError: true };
      house.start({ reportsBatchItemFailures: true, stream });
      await house.advance(0);
      expect(seen()).toEqual(['abcdef', 'cdef', 'cd', 'c', 'd', 'ef']);
    });

    it.each([
      ['null', null, true],
      ['nothing in it', {}, true],
      ['an empty list', { batchItemFailures: [] }, true],
      ['no list', { batchItemFailures: null }, true],
      ['a list instead', [], true],
      ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, false],
      ['a missing identifier', { batchItemFailures: [{ id: '1' }] }, false],
      ['an unknown record', { batchItemFailures: [{ itemIdentifier: '12' }] }, false],
    ])('is understood when it answers with %s', async (_, response, isSuccess) => {
      house.respond = (_event, index) => (index === 0 ? answer(response) : answer(null));
      await put('ab');
      house.start({ reportsBatchItemFailures: true });
      await house.advance(1_000);
      expect(seen()).toEqual(isSuccess ? ['ab'] : ['ab', 'ab']);
    });
  });

  it('has several workers, none of which holds up another, and each item with one of them', async () => {
    const ids = 'abcdefghij';
    const step = (id: string) => house.put(id, { step: { N: String(house.tables.clock.now()) } });
    house.respond = (event) => (idsOf(event).includes('a') ? failure : answer(null));
    house.start({ batchSize: 1, stream: { parallelizationFactor: 4 } });
    for (const id of ids) await step(id);
    await house.advance(1);
    for (const id of ids) await step(id);
    await house.advance(0);
    const stuck = [...ids].filter((id) => !seen().includes(id));
    expect(stuck.length).toBeLessThan(8);
    const others = [...ids].filter((id) => id !== 'a' && !stuck.includes(id));
    for (const id of others) expect(seen().filter((one) => one === id)).toHaveLength(2);
    expect(seen().filter((id) => id === 'a')).toHaveLength(1);
    house.respond = () => answer(null);
    await house.advance(1_000);
    for (const id of stuck) expect(seen().filter((one) => one === id)).toHaveLength(2);
  });
});
