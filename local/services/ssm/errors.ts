/** The refusals of Parameter Store, in its own words. */
import { AwsError } from '../../kernel/aws-error.ts';

export const validationError = (message: string): AwsError => new AwsError('ValidationException', message);

/** AWS says no more; the log does not need to. */
export const parameterNotFound = (): AwsError => new AwsError('ParameterNotFound', '');

export const versionNotFound = (version: string, name: string): AwsError =>
  new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );

export const alreadyExists = (): AwsError =>
  new AwsError(
    'ParameterAlreadyExists',
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  );

export const invalidKeyId = (message: string): AwsError => new AwsError('InvalidKeyId', message);

export const invalidResourceId = (): AwsError =>
  new AwsError(
    'InvalidResourceId',
    'The resource ID is not valid. Verify that you entered the correct ID and try again.',
  );

export const invalidNextToken = (): AwsError => new AwsError('InvalidNextToken', 'The specified token is not valid.');

/** What AWS has and nobody here: 501, which no SDK tries again. */
export const notEmulated = (what: string): AwsError =>
  new AwsError('OperationNotEmulated', `${what} is not emulated here.`, { statusCode: 501 });
