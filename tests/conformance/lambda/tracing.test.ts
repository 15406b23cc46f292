/**
 * The segments Lambda sends to X-Ray, and where a function's own subsegments hang.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
import { expect, jest, test } from '@jest/globals';
import type { Segment } from '../../../local/kernel/index.ts';
import { eventually, functions, type House, onBothTransports } from '../house.ts';

jest.setTimeout(20_000);

/** A function that tells the X-Ray daemon of a subsegment of its own, as the X-Ray SDK under Powertools does. */
const TELLING = `
  const dgram = require('node:dgram');
  exports.handler = async (event) => {
    const header = process.env._X_AMZN_TRACE_ID;
    const { Root, Parent, Sampled } = Object.fromEntries(header.split(';').map((part) => part.split('=')));
    const [address, port] = process.env.AWS_XRAY_DAEMON_ADDRESS.split(':');
    const now = Date.now() / 1000;
    const subsegment = { type: 'subsegment', name: 'own work', id: '1234567890abcdef', trace_id: Root, parent_id: Parent, start_time: now - 0.001, end_time: now };
    const socket = dgram.createSocket('udp4');
    await new Promise((resolve, reject) =>
      socket.send('{"format":"json","version":1}\\n' + JSON.stringify(subsegment), Number(port), address, (error) => error ? reject(error) : resolve()));
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.close();
    if (event.fail) throw new RangeError('traced');
    return { header, Root, Parent, Sampled };
  };`;

const FUNCTIONS = functions({
  traced: { Tracing: 'Active', code: TELLING },
  failing: { Tracing: 'Active', code: TELLING },
  untraced: { code: `exports.handler = async () => process.env._X_AMZN_TRACE_ID;` },
});

interface Subsegment {
  readonly id: string;
  readonly name: string;
  readonly fault?: boolean;
}

async function segmentsOf(house: House, traceId: string, count: number): Promise<readonly Segment[]> {
  const { traces } = house.cloud.kernel.telemetry;
  await eventually(() => traces.segments(traceId).length >= count);
  return traces.segments(traceId);
}

const by = (segments: readonly Segment[], origin: string): Segment =>
  segments.find((segment) => segment['origin'] === origin) as Segment;

onBothTransports('the trace of an invocation', FUNCTIONS, (house) => {
  test('has the service’s segment, the function’s below it, and in that Initialization, Invocation and Overhead', async () => {
    const { value } = await house().invoke('traced');
    expect(value.Sampled).toBe('1');
    const segments = await segmentsOf(house(), value.Root, 3);
    const service = by(segments, 'AWS::Lambda');
    const own = by(segments, 'AWS::Lambda::Function');
    expect(service).toMatchObject({ name: 'traced', http: { response: { status: 200 } } });
    expect(own).toMatchObject({ name: 'traced', parent_id: service.id, trace_id: value.Root });
    const subsegments = own['subsegments'] as readonly Subsegment[];
    expect(subsegments.map(({ name }) => name)).toEqual(['Initialization', 'Invocation', 'Overhead']);
  });

  test('has the function’s own subsegments under Invocation', async () => {
    const { value } = await house().invoke('traced');
    // Only the first request of a second is sure to be sampled.
    const again = value.Sampled === '1' ? value : (await later(() => house().invoke('traced'))).value;
    const segments = await segmentsOf(house(), again.Root, 3);
    const invocation = (by(segments, 'AWS::Lambda::Function')['subsegments'] as readonly Subsegment[]).find(
      ({ name }) => name === 'Invocation',
    );
    const own = segments.find(({ id }) => id === '1234567890abcdef');
    expect(own).toMatchObject({ name: 'own work', parent_id: invocation?.id });
    expect(again.Parent).toBe(invocation?.id);
  });

  test('is named in the REPORT of a sampled invocation, with the function’s segment', async () => {
    const { value, log } = await later(() => house().invoke('traced', {}, { LogType: 'Tail' }));
    const segments = await segmentsOf(house(), value.Root, 3);
    const { id } = by(segments, 'AWS::Lambda::Function');
    expect(log).toContain(`\nXRAY TraceId: ${value.Root}\tSegmentId: ${id}\tSampled: true\t\n`);
  });

  test('says what failed, and why', async () => {
    await later(() => house().invoke('failing', { fail: true }));
    const log = await house().log('failing', /XRAY TraceId/);
    const traceId = /XRAY TraceId: (\S+)/.exec(log)?.[1] as string;
    const own = by(await segmentsOf(house(), traceId, 3), 'AWS::Lambda::Function');
    expect(own).toMatchObject({
      fault: true,
      cause: { exceptions: [{ type: 'RangeError', message: 'traced' }] },
      subsegments: [{}, { name: 'Invocation', fault: true }, {}],
    });
  });

  test('of a function that is not traced goes on unsampled', async () => {
    const { value } = await house().invoke('untraced');
    expect(value).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=/);
  });
});

/** In the next second, whose first request is sampled. */
async function later<T>(request: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, 1005 - (Date.now() % 1000)));
  return request();
}
