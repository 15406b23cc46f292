/** Trace headers of invocations. https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
import { createHexSource } from '../../../kernel/hex-source.ts';

export interface Trace {
  /** `1-HEX8-HEX24` */
  readonly traceId: string;
  /** The caller's segment, when the caller sent one. */
  readonly parentId: string | undefined;
  /** Of the function's own segment. */
  readonly segmentId: string;
  /** Of the subsegment for the handler's run, under which the function's own ones hang. */
  readonly invocationId: string;
  readonly sampled: boolean;
  readonly header: string;
}

export interface Tracer {
  /** `incoming` is the caller's `X-Amzn-Trace-Id`; a decision made upstream holds. */
  trace(incoming: string | undefined, mode: 'Active' | 'PassThrough'): Trace;
}

/** @param sample the decision on a request that comes undecided: Lambda goes by the default rule alone */
export function createTracer(now: () => number, sample: () => boolean): Tracer {
  const hex = createHexSource();

  return {
    trace(incoming, mode) {
      const { root, parent, sampled: decided } = readHeader(incoming);
      const traceId =
        root ??
        `1-${Math.floor(now() / 1000)
          .toString(16)
          .padStart(8, '0')}-${hex(24)}`;
      const sampled = decided ?? (mode === 'Active' && sample());
      const segmentId = hex(16);
      const invocationId = hex(16);
      // A function that is not traced itself hands on what it was given.
      const under = mode === 'PassThrough' ? (parent ?? segmentId) : invocationId;
      const header = `Root=${traceId};Parent=${under};Sampled=${sampled ? 1 : 0}`;
      return { traceId, parentId: parent, segmentId, invocationId, sampled, header };
    },
  };
}

/** As services of this house write it. */
const USUAL = /^Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;Parent=([0-9a-f]{16}))?;Sampled=([01])$/;

function readHeader(header: string | undefined): { root?: string; parent?: string; sampled?: boolean } {
  if (header === undefined) return {};
  const usual = USUAL.exec(header);
  if (usual) return { root: usual[1], parent: usual[2], sampled: usual[3] === '1' };
  const fields: { root?: string; parent?: string; sampled?: boolean } = {};
  for (const part of header.split(';')) {
    const [key, value = ''] = part.trim().split('=');
    if (key === 'Root' && /^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(value)) fields.root = value;
    else if (key === 'Parent' && /^[0-9a-f]{16}$/.test(value)) fields.parent = value;
    else if (key === 'Sampled' && (value === '0' || value === '1')) fields.sampled = value === '1';
  }
  return fields;
}
