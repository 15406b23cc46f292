import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { startTestCloud } from '../../../doors/aws-endpoint/testing.ts';
import { ManualClock } from '../../../kernel/index.ts';
import { bedrockService } from '../index.ts';
import { createFaults } from './faults.ts';
import { parseFaults } from './spec.ts';

const clock = new ManualClock(0);

/** What becomes of so many calls, in words. */
function fates(spec: string, calls: number): string[] {
  const faults = createFaults(clock, parseFaults(spec));
  return Array.from({ length: calls }, () => {
    try {
      faults.next().admit();
      return 'passes';
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
}

async function* ten() {
  for (let at = 0; at < 10; at += 1) yield at;
}

async function told(spec: string, how: 'whole' | 'streamed') {
  const seen: number[] = [];
  try {
    for await (const piece of createFaults(clock, parseFaults(spec)).next().befall(ten(), undefined, how))
      seen.push(piece);
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error: (error as { code: string }).code };
  }
}

describe('faults', () => {
  it('strike as often as was said, and the same calls for the same seed', () => {
    const spec = 'throttle=0.2,not-ready=0.1,unavailable=0.1,timeout=0.05,error=0.05';
    const once = fates(`${spec},seed=7`, 1_000);
    expect(fates(`${spec},seed=7`, 1_000)).toEqual(once);
    expect(fates(`${spec},seed=8`, 1_000)).not.toEqual(once);
    const share = (code: string) => once.filter((fate) => fate === code).length / 1_000;
    expect(share('ThrottlingException')).toBeCloseTo(0.2, 1);
    expect(share('ModelNotReadyException')).toBeCloseTo(0.1, 1);
    expect(share('ServiceUnavailableException')).toBeCloseTo(0.1, 1);
    expect(share('ModelTimeoutException')).toBeGreaterThan(0.02);
    expect(share('ModelErrorException')).toBeGreaterThan(0.02);
    expect(share('passes')).toBeCloseTo(0.5, 1);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'seed %i: a stream that breaks has begun, and never comes to its end',
    async (seed) => {
      const cut = await told(`cut=1,seed=${seed}`, 'streamed');
      expect(cut.error).toBe('ModelStreamErrorException');
      const dropped = await told(`drop=1,seed=${seed}`, 'streamed');
      expect(dropped.error).toBeUndefined();
      for (const { seen } of [cut, dropped]) {
        expect(seen.length).toBeGreaterThan(0);
        expect(seen.length).toBeLessThan(10);
      }
      expect((await told(`cut=1,seed=${seed}`, 'whole')).seen).toHaveLength(10);
    },
  );

  it('slow each piece down, the first one more', async () => {
    const slow = new ManualClock(0);
    const pieces = createFaults(slow, parseFaults('slow=50ms,first=1s')).next().befall(ten(), undefined, 'streamed');
    const at: number[] = [];
    const read = (async () => {
      for await (const _ of pieces) at.push(slow.now());
    })();
    while (at.length < 10) await slow.advance(10);
    await read;
    expect(at.slice(0, 3)).toEqual([1_050, 1_100, 1_150]);
  });

  it('reach clients as AWS’s errors, before a stream and within one', async () => {
    const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }];
    const input = { modelId: 'amazon.nova-lite-v1:0', messages };
    const through = async (spec: string, use: (client: BedrockRuntimeClient) => Promise<unknown>) => {
      await using cloud = await startTestCloud([bedrockService({ faults: parseFaults(spec) })]);
      const client = new BedrockRuntimeClient(cloud.client);
      return await use(client)
        .then(
          () => 'nothing',
          (error) => `${error.name} ${error.$metadata?.httpStatusCode}`,
        )
        .finally(() => client.destroy());
    };
    expect(await through('throttle=1', (client) => client.send(new ConverseStreamCommand(input)))).toBe(
      'ThrottlingException 429',
    );
    expect(await through('not-ready=1', (client) => client.send(new ConverseCommand(input)))).toBe(
      'ModelNotReadyException 429',
    );
    expect(await through('unavailable=1', (client) => client.send(new ConverseCommand(input)))).toBe(
      'ServiceUnavailableException 503',
    );
    expect(await through('timeout=1', (client) => client.send(new ConverseCommand(input)))).toBe(
      'ModelTimeoutException 408',
    );
    expect(await through('error=1', (client) => client.send(new ConverseCommand(input)))).toBe(
      'ModelErrorException 424',
    );
    const kinds: string[] = [];
    const cut = await through('cut=1', async (client) => {
      for await (const event of (await client.send(new ConverseStreamCommand(input))).stream!)
        kinds.push(Object.keys(event)[0]!);
    });
    expect(cut).toMatch(/^ModelStreamErrorException/);
    expect(kinds).toContain('contentBlockDelta');
    expect(kinds).not.toContain('messageStop');
  });
});
