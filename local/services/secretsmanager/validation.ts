/** Lengths and patterns of Secrets Manager's API model, and its own sentences where it has them. */
import { type Constraint, violations } from '../../protocols/index.ts';
import { validationError } from './errors.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html and its siblings. */
const CONSTRAINTS: readonly Constraint[] = [
  { member: 'SecretId', length: [1, 2048] },
  { member: 'Name', length: [1, 512] },
  { member: 'ClientRequestToken', length: [32, 64] },
  { member: 'VersionId', length: [32, 64] },
  { member: 'VersionStage', length: [1, 256] },
  { member: 'MoveToVersionId', length: [32, 64] },
  { member: 'RemoveFromVersionId', length: [32, 64] },
  { member: 'Description', length: [0, 2048] },
  { member: 'KmsKeyId', length: [0, 2048] },
  { member: 'SecretString', length: [1, 65536], sensitive: true },
  { member: 'SecretBinary', length: [1, 65536], sensitive: true },
  { member: 'VersionStages', length: [1, 20] },
  { member: 'ResourcePolicy', length: [1, 20480] },
  { member: 'NextToken', length: [1, 4096] },
  { member: 'SortOrder', oneOf: ['asc', 'desc'] },
  { member: 'SecretIdList', length: [1, 20] },
  { member: 'Filters', length: [0, 10] },
  { member: 'ExcludeCharacters', length: [0, 4096] },
  { member: 'PasswordLength', range: [1, 4096] },
  { member: 'RotationLambdaARN', length: [0, 2048] },
  { member: 'RotationToken', length: [36, 256] },
];

/** Throws ValidationException. */
export function validate(input: object): void {
  const message = violations(input, CONSTRAINTS);
  if (message) throw validationError(message);
}

/** Names of new secrets; throws ValidationException. */
export function validateName(name: string): void {
  if (/^[A-Za-z0-9/_+=.@!-]+$/.test(name)) return;
  throw validationError(
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  );
}
