/**
 * Secrets of Secrets Manager, read as parameters.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { CallContext, Dispatch } from '../../kernel/service.ts';
import { parameterNotFound, validationError } from './errors.ts';

const PREFIX = '/aws/reference/secretsmanager/';

export const isSecretReference = (name: string): boolean => name.startsWith(PREFIX);

interface Secret {
  readonly ARN: string;
  readonly Name: string;
  readonly VersionId: string;
  readonly SecretString?: string;
  readonly SecretBinary?: Uint8Array;
  readonly VersionStages?: readonly string[];
  readonly CreatedDate?: Date;
}

/** Rejects with ParameterNotFound, ValidationException, and as IAM decides about the caller and the secret. */
export async function readSecret(
  reference: string,
  withDecryption: boolean,
  call: CallContext,
  dispatch: Dispatch,
): Promise<object> {
  if (!withDecryption) {
    throw validationError('WithDecryption flag must be True for retrieving a Secret Manager secret.');
  }
  const [SecretId = '', selector] = reference.slice(PREFIX.length).split(':');
  const isId = selector !== undefined && /^[0-9a-f-]{32,64}$/i.test(selector);
  const input = {
    SecretId,
    ...(selector !== undefined && (isId ? { VersionId: selector } : { VersionStage: selector })),
  };
  const secret = await ask(dispatch, input);
  await call.demand?.([
    {
      action: 'secretsmanager:GetSecretValue',
      resource: secret.ARN,
      context: { 'secretsmanager:SecretId': secret.ARN },
    },
  ]);
  const { SecretBinary: binary } = secret;
  return {
    Name: `${PREFIX}${SecretId}`,
    Type: 'SecureString',
    Value: secret.SecretString ?? (binary ? Buffer.from(binary).toString('base64') : ''),
    Version: 0,
    ...(selector !== undefined && { Selector: `:${selector}` }),
    SourceResult: JSON.stringify({
      ARN: secret.ARN,
      name: secret.Name,
      createdDate: secret.CreatedDate?.toISOString(),
      versionId: secret.VersionId,
      secretString: secret.SecretString,
      versionStages: secret.VersionStages,
    }),
    LastModifiedDate: secret.CreatedDate,
    ARN: secret.ARN,
    DataType: 'text',
  };
}

async function ask(dispatch: Dispatch, input: object): Promise<Secret> {
  const caller = { kind: 'internal', service: 'ssm.amazonaws.com' } as const;
  try {
    return (await dispatch({ caller, service: 'secretsmanager', operation: 'GetSecretValue', input })) as Secret;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') throw parameterNotFound();
    throw error;
  }
}
