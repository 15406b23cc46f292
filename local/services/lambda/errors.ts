/** Lambda's own errors, as its API words them. https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html */
import { AwsError } from '../../kernel/aws-error.ts';

const USER = { members: { Type: 'User' } };

/** 400, for a value that is well-formed and still impossible. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message, USER);
}

/** 409, for what exists already or is being changed by somebody else. */
export function conflict(message: string): AwsError {
  return new AwsError('ResourceConflictException', message, { statusCode: 409, ...USER });
}

/** 404 */
export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, { statusCode: 404, ...USER });
}

/** 412, for a `RevisionId` that is not the latest; `operation` is the one that tells it, e.g. `GetFunction/GetAlias`. */
export function preconditionFailed(operation: string): AwsError {
  const message = `The Revision Id provided does not match the latest Revision Id. Call the ${operation} API to retrieve the latest Revision Id`;
  return new AwsError('PreconditionFailedException', message, { statusCode: 412, ...USER });
}

/** 400, in the form all services share for values a model's constraints refuse. */
export function violatedConstraints(violations: readonly string[]): AwsError {
  const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`;
  return new AwsError('ValidationException', `${count}: ${violations.join('; ')}`);
}
