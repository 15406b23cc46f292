/** The refusals of EventBridge Scheduler, in its own words. */
import { AwsError } from '../../kernel/aws-error.ts';

const error = (code: string, message: string, statusCode: number): AwsError =>
  new AwsError(code, message, { statusCode, members: { Message: message } });

export const notFound = (message: string): AwsError => error('ResourceNotFoundException', message, 404);

export const conflict = (message: string): AwsError => error('ConflictException', message, 409);

export const validationError = (message: string): AwsError => error('ValidationException', message, 400);

export const quotaExceeded = (message: string): AwsError => error('ServiceQuotaExceededException', message, 402);
