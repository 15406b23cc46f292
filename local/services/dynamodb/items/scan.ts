/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html */
import type { ScanInput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../../../kernel/service.ts';
import { validationError } from '../errors.ts';
import { parameterKeys, resourceOf } from '../requirements.ts';
import { once, type Room, type With } from '../room.ts';
import type { Range } from './key-range.ts';
import type { OldCondition } from './legacy.ts';
import { checkParameters } from './mixed-parameters.ts';
import { answerOf, attributesOfSearch, indexOf, prepareSearch, readPage, type Search, startPlace } from './search.ts';

type Input = With<ScanInput, 'TableName'>;

/** Keys begin with 32 bits of hash. */
const HASHES = 2 ** 32;

const prepare = once((input: Input): Search => {
  checkParameters(
    input,
    ['ProjectionExpression', 'FilterExpression'],
    ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
  );
  checkSegment(input);
  return prepareSearch(input, input.ScanFilter as Record<string, OldCondition> | undefined);
});

function checkSegment({ Segment: segment, TotalSegments: total }: Input): void {
  if (segment !== undefined && total === undefined) {
    throw validationError(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (segment === undefined && total !== undefined) {
    throw validationError(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (segment !== undefined && total !== undefined && segment >= total) {
    throw validationError(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
  }
}

export function scanOperation({ tables, metrics }: Room): Operation<Input> {
  return {
    requires(input) {
      const search = prepare(input);
      const attributes = [...attributesOfSearch(search)];
      return [
        {
          action: 'dynamodb:Scan',
          resource: resourceOf(tables, input.TableName, input.IndexName),
          context: {
            ...parameterKeys('Scan', input),
            'dynamodb:Select': search.select,
            ...(attributes.length > 0 && { 'dynamodb:Attributes': attributes }),
          },
        },
      ];
    },
    handle(input) {
      const startedAt = performance.now();
      const search = prepare(input);
      const table = tables.get(input.TableName);
      const index = indexOf(table, input, search);
      const segment = segmentOf(input);
      let { from } = segment;
      if (search.start) {
        const place = startPlace(table, index, search.start);
        if (Buffer.compare(place, from) < 0 || Buffer.compare(place, segment.to) >= 0) {
          throw validationError(
            'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment.',
          );
        }
        from = Buffer.concat([place, Buffer.alloc(1)]);
      }
      const { page, consumed } = readPage(table, index, search, input, { from, to: segment.to, reverse: false });
      metrics.consumed(table.name, consumed);
      metrics.succeeded(table.name, 'Scan', performance.now() - startedAt);
      metrics.returned(table.name, 'Scan', page.Count);
      return answerOf(input, table, page, consumed);
    },
  };
}

/** An equal share of all hashes. */
function segmentOf({ Segment: segment = 0, TotalSegments: total = 1 }: Input): Range {
  const bound = (part: number): Buffer => {
    const hash = Math.ceil((HASHES * part) / total);
    if (hash >= HASHES) return Buffer.alloc(8, 255);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(hash);
    return bytes;
  };
  return { from: bound(segment), to: bound(segment + 1) };
}
