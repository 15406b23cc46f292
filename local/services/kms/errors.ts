/** The refusals of KMS, in its own words. */
import { AwsError } from '../../kernel/aws-error.ts';

/** `what` is a key's ARN, or whatever was given where no key can have that name. */
export const keyNotFound = (what: string): AwsError =>
  new AwsError('NotFoundException', `Key '${what}' does not exist`);

export const aliasNotFound = (arn: string): AwsError => new AwsError('NotFoundException', `Alias ${arn} is not found.`);

export const invalidKeyId = (id: string): AwsError => new AwsError('NotFoundException', `Invalid keyId '${id}'`);

export const invalidArn = (message: string): AwsError => new AwsError('InvalidArnException', message);

export const keyDisabled = (arn: string): AwsError => new AwsError('DisabledException', `${arn} is disabled.`);

export const invalidState = (arn: string, state: string): AwsError =>
  new AwsError('KMSInvalidStateException', `${arn} is ${state}.`);

/** KMS says no more: who tries ciphertexts learns nothing from the answer. */
export const invalidCiphertext = (): AwsError => new AwsError('InvalidCiphertextException', '');

export const incorrectKey = (): AwsError =>
  new AwsError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );

export const validationError = (message: string): AwsError => new AwsError('ValidationException', message);

export const unsupported = (message: string): AwsError => new AwsError('UnsupportedOperationException', message);

export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceededException', message);

export const malformedPolicy = (message: string): AwsError => new AwsError('MalformedPolicyDocumentException', message);

export const invalidTag = (message: string): AwsError => new AwsError('TagException', message);

export const invalidGrantId = (): AwsError => new AwsError('InvalidGrantIdException', 'Invalid grant ID');

export const invalidGrantToken = (): AwsError => new AwsError('InvalidGrantTokenException', 'Invalid grant token.');

export const dryRun = (): AwsError =>
  new AwsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.', {
    statusCode: 412,
  });

/** KMS's own word for what belongs to AWS alone; of its general errors, and so not in its model. */
export const notAuthorized = (message: string): AwsError => new AwsError('NotAuthorizedException', message);
