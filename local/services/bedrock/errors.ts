/** The refusals of Bedrock Runtime, in its own words. */
import { AwsError } from '../../kernel/aws-error.ts';

export const validation = (message: string): AwsError => new AwsError('ValidationException', message);

export const invalidModelId = (): AwsError => validation('The provided model identifier is invalid.');

export const needsProfile = (modelId: string): AwsError =>
  validation(
    `Invocation of model ID ${modelId} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
  );

export const endOfLife = (): AwsError =>
  new AwsError(
    'ResourceNotFoundException',
    'This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
    { statusCode: 404 },
  );

export const throttled = (): AwsError =>
  new AwsError('ThrottlingException', 'Too many requests, please wait before trying again.', { statusCode: 429 });

export const notReady = (): AwsError =>
  new AwsError('ModelNotReadyException', 'The model is not ready for inference. Try your request again.', {
    statusCode: 429,
  });

export const unavailable = (message = 'Bedrock is unable to process your request.'): AwsError =>
  new AwsError('ServiceUnavailableException', message, { statusCode: 503 });

export const timedOut = (): AwsError =>
  new AwsError('ModelTimeoutException', 'Model has timed out in processing the request. Try your request again.', {
    statusCode: 408,
  });

export const modelError = (message: string, originalStatusCode = 500): AwsError =>
  new AwsError('ModelErrorException', message, { statusCode: 424, members: { originalStatusCode } });

/** Only inside a stream that has begun. */
export const streamError = (originalMessage: string, originalStatusCode = 500): AwsError =>
  new AwsError(
    'ModelStreamErrorException',
    'The system encountered an unexpected error during processing. Try your request again.',
    {
      statusCode: 424,
      members: { originalStatusCode, originalMessage },
    },
  );

export const internal = (): AwsError =>
  new AwsError(
    'InternalServerException',
    'The system encountered an unexpected error during processing. Try your request again.',
    { statusCode: 500 },
  );
