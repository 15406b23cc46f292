/** The refusals of SNS, in its own words. https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html */
import { AwsError } from '../../kernel/aws-error.ts';

/** `what` goes on from `Invalid parameter: `. */
export const invalidParameter = (what: string): AwsError =>
  new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);

export const invalidParameterValue = (message: string): AwsError =>
  new AwsError('InvalidParameterValueException', message);

export const topicNotFound = (): AwsError =>
  new AwsError('NotFoundException', 'Topic does not exist', { statusCode: 404 });

export const subscriptionNotFound = (): AwsError =>
  new AwsError('NotFoundException', 'Subscription does not exist', { statusCode: 404 });

export const resourceNotFound = (): AwsError =>
  new AwsError('ResourceNotFoundException', 'Resource does not exist', { statusCode: 404 });

export const tagLimitExceeded = (): AwsError =>
  new AwsError('TagLimitExceededException', 'Could not complete request: tag quota of per resource exceeded');

export const authorizationError = (message: string): AwsError =>
  new AwsError('AuthorizationErrorException', message, { statusCode: 403 });

/** What AWS has and nobody here: 501, which no SDK tries again. */
export const notEmulated = (what: string): AwsError =>
  new AwsError('OperationNotEmulated', `${what} is not emulated here.`, { statusCode: 501 });
