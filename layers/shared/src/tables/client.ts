import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tracedClient } from '../tracing.ts';

/** @param requestTimeout of one try, ms; there are three */
export function dynamoDbClient(requestTimeout = 3_000): DynamoDBClient {
  const requestHandler = { connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true };
  return tracedClient(new DynamoDBClient({ maxAttempts: 3, requestHandler }));
}
