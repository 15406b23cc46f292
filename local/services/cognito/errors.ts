/** The refusals of Cognito user pools, in their own words. */
import { AwsError } from '../../kernel/aws-error.ts';

export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);

export const notAuthorized = (message: string): AwsError => new AwsError('NotAuthorizedException', message);

export const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);

export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceededException', message);

export const noSuchPool = (id: string): AwsError => notFound(`User pool ${id} does not exist.`);

export const noSuchClient = (id: string): AwsError => notFound(`User pool client ${id} does not exist.`);

export const noSuchGroup = (): AwsError => notFound('Group not found.');

export const noSuchUser = (): AwsError => new AwsError('UserNotFoundException', 'User does not exist.');

export const wrongPassword = (): AwsError => notAuthorized('Incorrect username or password.');

export const notConfirmed = (): AwsError => new AwsError('UserNotConfirmedException', 'User is not confirmed.');

export const codeMismatch = (message = 'Invalid verification code provided, please try again.'): AwsError =>
  new AwsError('CodeMismatchException', message);

export const expiredCode = (message = 'Invalid code provided, please request a code again.'): AwsError =>
  new AwsError('ExpiredCodeException', message);

export const invalidPassword = (message: string): AwsError => new AwsError('InvalidPasswordException', message);

export const usernameExists = (message: string): AwsError => new AwsError('UsernameExistsException', message);

export const aliasExists = (message: string): AwsError => new AwsError('AliasExistsException', message);

export const resetRequired = (): AwsError =>
  new AwsError('PasswordResetRequiredException', 'Password reset required for the user');
