/**
 * What a function may use, and what happens when it wants more.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 * At which sandbox level each limit holds is said in docs/lambda-limits.md; what differs between the levels is tested
 * at both.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canMeasureCpu } from '../../../local/runtime/cpu-time.ts';
import type { SandboxLevel } from '../../../local/runtime/sandbox/contract.ts';
import { functions, type House, inHouse, openHouse } from '../house.ts';

const CODE = functions({
  memory: {
    MemorySize: 192,
    Timeout: 20,
    code: `
      const { spawn } = require('node:child_process');
      const MB = 1048576;
      const kept = [];
      const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      exports.handler = async ({ own = 0, child = 0, burst = 0 }) => {
        for (let mb = 0; mb < own; mb += 4) { kept.push(Buffer.alloc(4 * MB, 1)); await rest(1); }
        if (burst) Buffer.alloc(burst * MB, 1);
        if (child) {
          const program = 'globalThis.kept = Buffer.alloc(' + child + ' * 1048576, 1); setInterval(() => {}, 1000)';
          spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
          await rest(5000);
        }
        return Math.round(process.memoryUsage.rss() / MB);
      };`,
  },
  // What V8 does when its heap is at the limit it was started with, 90 % of the memory.
  aborting: 'exports.handler = async () => process.abort();',
  files: `
    const fs = require('node:fs');
    const os = require('node:os');
    const path = require('node:path');
    exports.handler = async () => {
      const open = [];
      try { for (;;) open.push(fs.openSync('/dev/null')); } catch (error) { return [open.length, error.code]; }
      finally { for (const one of open) fs.closeSync(one); }
    };`,
  disk: {
    EphemeralStorage: { Size: 512 },
    Timeout: 20,
    code: `
      const fs = require('node:fs');
      const os = require('node:os');
      const path = require('node:path');
      const wrong = (act) => { try { act(); return 'allowed'; } catch (error) { return error.code; } };
      exports.handler = async ({ megabytes = 1 }) => {
        const file = path.join(os.tmpdir(), 'filled');
        const written = wrong(() => {
          const chunk = Buffer.alloc(1048576);
          const to = fs.openSync(file, 'w');
          try { for (let mb = 0; mb < megabytes; mb += 1) fs.writeSync(to, chunk); } finally { fs.closeSync(to); }
        });
        const size = fs.statSync(file).size;
        fs.rmSync(file);
        return { written, size, code: wrong(() => fs.writeFileSync(process.env.LAMBDA_TASK_ROOT + '/new', '')), opt: wrong(() => fs.writeFileSync('/opt/new', '')), tmp: fs.readdirSync(os.tmpdir()) };
      };`,
  },
  echo: 'exports.handler = async (event) => event;',
  large: 'exports.handler = async ({ bytes }) => "x".repeat(bytes - 2);',
});

const MB = 1_048_576;

function maximumUsed(log: string): number[] {
  return [...log.matchAll(/Max Memory Used: (\d+) MB/g)].map(([, mb]) => Number(mb));
}

describe.each<SandboxLevel>(['process', 'namespaces'])('at the %s level', (sandbox) => {
  let house: House | undefined;
  let impossible: string | undefined;
  beforeAll(async () => {
    try {
      house = await openHouse({ ...CODE, sandbox });
    } catch (error) {
      if (sandbox === 'process' || (error as Error).name !== 'SandboxError') throw error;
      impossible = (error as Error).message;
    }
  }, 30_000);
  afterAll(() => house?.close());

  const held = (name: string, body: (there: House) => Promise<void>) =>
    test(name, async () => {
      if (house) await body(house);
      else console.warn(`not tested, since ${impossible}`);
    }, 20_000);

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  const outOfMemory = {
    functionError: 'Unhandled',
    value: {
      errorType: 'Runtime.OutOfMemory',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: signal: killed$/),
    },
  };

  held('the memory used is what the process has resident', async (there) => {
    const { value, log } = await there.invoke('memory', { own: 40 }, { LogType: 'Tail' });
    expect(log).toContain('\tMemory Size: 192 MB\t');
    expect(Math.abs((maximumUsed(log)[0] ?? 0) - value)).toBeLessThan(15);
  });

  held('a function over its memory is killed, and its successor runs', async (there) => {
    expect(await there.invoke('memory', { own: 400 })).toMatchObject(outOfMemory);
    expect((await there.invoke('memory')).functionError).toBeUndefined();
  });

  held('so is one whose child has the memory', async (there) => {
    expect(await there.invoke('memory', { child: 300 })).toMatchObject(outOfMemory);
  });

  held('and one that takes it all in the blink of an eye and gives it back', async (there) => {
    expect(await there.invoke('memory', { burst: 400 })).toMatchObject(outOfMemory);
  });

  held('never is more memory reported than there is', async (there) => {
    const used = maximumUsed(await there.log('memory', /REPORT/));
    expect(Math.max(...used)).toBe(192);
  });

  held('a runtime that aborts, as V8 does at its own limit, has exited by itself', async (there) => {
    expect((await there.invoke('aborting')).value).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: signal: aborted$/),
    });
  });

  held('there are 1,024 file descriptors', async (there) => {
    const [opened, code] = (await there.invoke('files')).value;
    expect(code).toBe('EMFILE');
    expect(opened).toBeGreaterThan(900);
    expect(opened).toBeLessThan(1024);
  });

  held('/tmp is the environment’s own', async (there) => {
    expect((await there.invoke('disk')).value).toMatchObject({ written: 'allowed', tmp: [] });
  });

  if (sandbox === 'namespaces') {
    held('/tmp has its size, and the code and the layers are read-only', async (there) => {
      const { value } = await there.invoke('disk', { megabytes: 600 });
      expect(value).toMatchObject({ written: 'ENOSPC', code: 'EROFS', opt: 'EROFS' });
      expect(value.size).toBeLessThanOrEqual(512 * MB);
    });
  }
});

describe('payloads', () => {
  const house = inHouse(CODE);

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
  test('a synchronous request may have 6 MB', async () => {
    const text = 'x'.repeat(6 * MB - 2);
    expect((await house().invoke('echo', text)).value).toHaveLength(text.length);
    await expect(house().invoke('echo', `${text}x`)).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
      $metadata: { httpStatusCode: 413 },
    });
  }, 20_000);

  test('an asynchronous one may have 1 MB', async () => {
    const text = 'x'.repeat(MB - 2);
    expect((await house().invoke('echo', text, { InvocationType: 'Event' })).statusCode).toBe(202);
    await expect(house().invoke('echo', `${text}x`, { InvocationType: 'Event' })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      message: '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
      $metadata: { httpStatusCode: 413 },
    });
  });

  test('a response may have 6,291,556 bytes', async () => {
    expect((await house().invoke('large', { bytes: 6_291_556 })).payload).toHaveLength(6_291_556);
    expect(await house().invoke('large', { bytes: 6_291_557 })).toMatchObject({
      functionError: 'Unhandled',
      value: {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
    });
  }, 20_000);
});

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
describe('environment variables', () => {
  const open = (Variables: Record<string, string>) =>
    openHouse(functions({ full: { code: 'exports.handler = async () => process.env;', Environment: { Variables } } }));

  test('may have 4 KB together', async () => {
    // {"BIG":""} is the rest.
    const house = await open({ BIG: 'x'.repeat(4096 - 10) });
    try {
      expect((await house.invoke('full')).value.BIG).toHaveLength(4086);
    } finally {
      await house.close();
    }
    await expect(open({ BIG: 'x'.repeat(4096 - 9) })).rejects.toThrow(
      /Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit\. String measured: \{"BIG":"x+"\}/,
    );
  });

  test.each(['AWS_REGION', 'AWS_LAMBDA_FUNCTION_NAME', '_HANDLER', 'AWS_SESSION_TOKEN', 'LAMBDA_TASK_ROOT'])(
    '%s is Lambda’s to set',
    async (name) => {
      await expect(open({ [name]: 'mine' })).rejects.toThrow(
        `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${name}`,
      );
    },
  );
});

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: 1,769 MB are one vCPU. */
(canMeasureCpu() ? describe : describe.skip)('the share of a processor, with --cpu-limit', () => {
  const SPIN = `
    const spin = (ms) => {
      const [from, used] = [performance.now(), process.cpuUsage()];
      while (performance.now() - from < ms);
      const { user, system } = process.cpuUsage(used);
      return (user + system) / 1000 / (performance.now() - from);
    };
    const init = spin(300);
    exports.handler = async () => ({ init, share: spin(1500) });`;
  const house = inHouse({
    ...functions({
      small: { MemorySize: 128, Timeout: 20, code: SPIN },
      double: { MemorySize: 256, Timeout: 20, code: SPIN },
      whole: { MemorySize: 1769, Timeout: 20, code: SPIN },
    }),
    cpuLimit: true,
  });

  test('follows the memory size from the end of the init phase on', async () => {
    const small = (await house().invoke('small')).value;
    const double = (await house().invoke('double')).value;
    const whole = (await house().invoke('whole')).value;
    // 128 MB: 7.2 %; 256 MB: 14.5 %. Whatever else this machine does can only take away from them.
    expect(small.share).toBeLessThan(0.11);
    expect(double.share).toBeLessThan(0.22);
    expect(small.share).toBeGreaterThan(0.02);
    expect(small.init).toBeGreaterThan(1.3 * small.share);
    expect(whole.share).toBeGreaterThan(1.3 * small.share);
  }, 20_000);

  test('is kept on the next invocation', async () => {
    expect((await house().invoke('small')).value.share).toBeLessThan(0.11);
  });
});
