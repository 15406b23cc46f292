/**
 * FIFO queues under retries and parallel readers: whatever fails and in whatever way, each message of a group is handled
 * once, and none before those that were sent before it.
 */
import fc from 'fast-check';
import { answer, failure, type House, openHouse, type Respond, refused, VISIBILITY } from './queues.fixture.ts';

/** What becomes of one invocation; what the list has not is a success. */
type Fate = 'success' | 'error' | 'first-fails' | 'last-fails' | 'nonsense' | 'throttled' | 'no-environment' | 'late';

const fate = fc.constantFrom<Fate>(
  'success',
  'success',
  'error',
  'first-fails',
  'last-fails',
  'nonsense',
  'throttled',
  'no-environment',
  'late',
);

const run = fc.record({
  groups: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 25 }),
  fates: fc.array(fate, { maxLength: 20 }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  pollers: fc.integer({ min: 1, max: 3 }),
  most: fc.integer({ min: 1, max: 4 }),
});

test('keep the order of each group, and lose and double nothing', async () => {
  await fc.assert(
    fc.asyncProperty(run, async ({ groups, fates, batchSize, pollers, most }) => {
      const house = await openHouse({}, true);
      try {
        house.most = most;
        const handled: string[] = [];
        house.respond = playing([...fates], handled, house);
        for (let index = 0; index < pollers; index += 1) house.start({ batchSize, uuid: String(index) });
        const sent = groups.map((group, index) => `${group}${index}`);
        for (const body of sent) {
          await house.send(body, { MessageGroupId: body[0], MessageDeduplicationId: body });
        }
        // Each fate holds a message up for one visibility time-out at most.
        for (let round = 0; round <= fates.length + 1 && (await house.left()) > 0; round += 1) {
          await house.clock.advance(VISIBILITY * 1000);
        }
        expect(await house.left()).toBe(0);
        for (const group of ['a', 'b', 'c']) {
          const of = (bodies: readonly string[]) => bodies.filter((body) => body[0] === group);
          expect(of(handled)).toEqual(of(sent));
        }
      } finally {
        await house.close();
      }
    }),
    { numRuns: 30 },
  );
}, 60_000);

/** A function as AWS advises: it stops at the first failure, and names that message and all after it. */
function playing(fates: Fate[], handled: string[], { clock }: House): Respond {
  return async ({ records }) => {
    const bodies = records.map(({ body }) => body);
    const failing = (from: number) => {
      handled.push(...bodies.slice(0, from));
      return answer({ batchItemFailures: records.slice(from).map(({ messageId }) => ({ itemIdentifier: messageId })) });
    };
    switch (fates.shift()) {
      case 'error':
        return failure;
      case 'nonsense':
        return answer({ batchItemFailures: [{ itemIdentifier: 'nobody' }] });
      case 'throttled':
        return refused(true);
      case 'no-environment':
        return refused(false, 'ServiceException');
      case 'first-fails':
        return failing(0);
      case 'last-fails':
        return failing(bodies.length - 1);
      case 'late':
        await clock.sleep(VISIBILITY * 500);
        break;
      default:
        break;
    }
    handled.push(...bodies);
    return answer(null);
  };
}
