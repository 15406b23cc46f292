/** What instrumented programs and the daemon send. */
import type { PutTelemetryRecordsRequest, PutTraceSegmentsRequest } from '@aws-sdk/client-xray';
import type { Operation } from '../../kernel/service.ts';
import { readSegment } from '../../kernel/telemetry/segment-document.ts';
import { onEverything, type Room } from './room.ts';

export function segmentOperations({ telemetry }: Room): Record<string, Operation> {
  /** https://docs.aws.amazon.com/xray/latest/api/API_PutTraceSegments.html */
  const putTraceSegments: Operation<PutTraceSegmentsRequest & { TraceSegmentDocuments: string[] }> = {
    requires: onEverything('PutTraceSegments'),
    handle({ TraceSegmentDocuments }) {
      const UnprocessedTraceSegments = [];
      for (const document of TraceSegmentDocuments) {
        const reading = readSegment(document);
        if (reading.kind === 'segment') telemetry.segment(document);
        else {
          const { id, problem } = reading;
          UnprocessedTraceSegments.push({
            ...(id !== undefined && { Id: id }),
            ErrorCode: 'ParseError',
            Message: `Invalid segment. ErrorCode: ${problem}`,
          });
        }
      }
      return { UnprocessedTraceSegments };
    },
  };

  /** Of the daemon about itself: nothing here reads it. */
  const putTelemetryRecords: Operation<PutTelemetryRecordsRequest> = {
    requires: onEverything('PutTelemetryRecords'),
    handle: () => ({}),
  };

  return { PutTraceSegments: putTraceSegments, PutTelemetryRecords: putTelemetryRecords };
}
