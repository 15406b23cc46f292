/** https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-buffering */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExtensionApiError } from './extension-error.ts';
import { parseSubscription } from './subscription.ts';

const GOOD = {
  schemaVersion: '2022-12-13',
  types: ['platform'],
  destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:4243/in?all' },
};

describe('a subscription', () => {
  it('has Lambda’s defaults', () => {
    expect(parseSubscription('telemetry', GOOD)).toEqual({
      api: 'telemetry',
      schemaVersion: '2022-12-13',
      types: ['platform'],
      destination: { protocol: 'HTTP', port: 4243, path: '/in?all', method: 'POST' },
      buffering: { maxItems: 10_000, maxBytes: 262_144, timeoutMs: 1000 },
    });
  });

  it('takes buffering within Lambda’s bounds, and nothing outside of them', () => {
    fc.assert(
      fc.property(fc.integer({ max: 40_000 }), fc.integer(), fc.integer(), (maxItems, maxBytes, timeoutMs) => {
        const problems = [
          ...(maxItems < 1000 || maxItems > 10_000 ? ['maxItems should be between 1000 and 10000'] : []),
          ...(maxBytes < 262_144 || maxBytes > 1_048_576 ? ['maxBytes should be between 262144 and 1048576'] : []),
          ...(timeoutMs < 25 || timeoutMs > 30_000 ? ['timeoutMs should be between 25 and 30000'] : []),
        ];
        const parse = () => parseSubscription('telemetry', { ...GOOD, buffering: { maxItems, maxBytes, timeoutMs } });
        if (problems.length === 0) expect(parse().buffering).toEqual({ maxItems, maxBytes, timeoutMs });
        else expect(parse).toThrow(problems.join('; '));
      }),
    );
  });

  it('refuses whatever else it is given in words, and never breaks on it', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (types, destination, buffering) => {
        try {
          const parsed = parseSubscription('logs', { schemaVersion: '2021-03-18', types, destination, buffering });
          expect(parsed.destination.port).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ExtensionApiError);
          expect(error).toMatchObject({ errorType: 'ValidationError', status: 400 });
        }
      }),
    );
  });

  it('leads nowhere but into the environment, and knows a port that is its scheme’s own', () => {
    const to = (URI: string) => parseSubscription('telemetry', { ...GOOD, destination: { protocol: 'HTTP', URI } });
    expect(to('http://sandbox:80').destination).toMatchObject({ port: 80, path: '/' });
    expect(() => to('http://sandbox')).toThrow('URI port is not provided');
    expect(() => to('http://127.0.0.1:4243')).toThrow('URI host should be sandbox.localdomain or sandbox');
    expect(() => to('https://sandbox:443')).toThrow('URI should be a valid http URI');
  });
});
