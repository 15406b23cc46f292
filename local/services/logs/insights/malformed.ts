/** A query that cannot be run, in AWS's words. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html */
import { AwsError } from '../../../kernel/aws-error.ts';

/** Where it is wrong, by characters from 0; the end is exclusive. */
export function malformed(message: string, start: number, end: number): AwsError {
  return new AwsError('MalformedQueryException', message, {
    members: {
      queryCompileError: { location: { startCharOffset: start, endCharOffset: end }, message },
    },
  });
}
