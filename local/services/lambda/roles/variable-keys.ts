/**
 * The customer's key of a function's environment variables. Whoever configures it lets Lambda make a grant for the
 * function's role with his own permissions; every execution environment then begins with a `Decrypt` in that role.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Caller } from '../../../kernel/caller.ts';
import { roleSessionArn } from '../../../kernel/identities.ts';
import type { ServiceContext } from '../../../kernel/service.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import type { EnvironmentSpec } from '../contract.ts';
import { invalidParameter } from '../errors.ts';
import { functionArn, type Place } from '../names.ts';
import type { FunctionVersion, LambdaRecords } from '../records.ts';
import { asRole } from './execution-role.ts';

type Settings = Pick<FunctionVersion, 'role' | 'kmsKeyArn' | 'environment'>;

export interface VariableKeys {
  /** Rejects with InvalidParameterValueException when the key cannot be had. */
  give(settings: Settings, functionName: string): Promise<void>;
  /** The function is gone, and what was given to it. */
  takeBack(functionName: string): Promise<void>;
  /** Rejects with KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException. */
  unlock(spec: EnvironmentSpec): Promise<void>;
}

/** Who deploys is the account's administrator here. */
const DEPLOYER: Caller = { kind: 'client' };
const INTERNAL: Caller = { kind: 'internal', service: 'lambda.amazonaws.com' };

export function createVariableKeys(
  context: Pick<ServiceContext, 'dispatch' | 'telemetry' | 'clock'>,
  place: Place,
  records: LambdaRecords,
): VariableKeys {
  const { dispatch, telemetry, clock } = context;

  const kms = (caller: Caller, operation: string, input: object): Promise<unknown> =>
    dispatch({ caller, service: 'kms', operation, input });

  async function takeBack(functionName: string): Promise<void> {
    const grant = records.variableGrants.get(functionName);
    if (!grant) return;
    records.variableGrants.delete(functionName);
    try {
      await kms(INTERNAL, 'RevokeGrant', { KeyId: grant.keyArn, GrantId: grant.grantId });
    } catch (error) {
      // The key may be gone, and its grants with it.
      if (!(error instanceof AwsError)) throw error;
    }
  }

  return {
    takeBack,

    async give({ role: roleArn, kmsKeyArn: keyArn, environment }, functionName) {
      const before = records.variableGrants.get(functionName);
      if (keyArn === undefined || Object.keys(environment).length === 0) return takeBack(functionName);
      if (before?.keyArn === keyArn && before.roleArn === roleArn) return;
      // As CloudTrail shows the grants that Lambda makes.
      const GranteePrincipal = roleSessionArn(place, roleArn, functionName);
      try {
        const { GrantId } = (await kms(DEPLOYER, 'CreateGrant', {
          KeyId: keyArn,
          GranteePrincipal,
          Operations: ['Decrypt', 'RetireGrant'],
          Constraints: { EncryptionContextEquals: contextOf(place, functionName) },
        })) as { GrantId: string };
        await takeBack(functionName);
        records.variableGrants.put(functionName, { keyArn, grantId: GrantId, roleArn });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw invalidParameter(
          `Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: ${error.code} KMS Message: ${error.message}`,
        );
      }
    },

    async unlock({ variablesKeyArn, roleArn, functionName, label }) {
      if (variablesKeyArn === undefined) return;
      const EncryptionContext = contextOf(place, functionName);
      const Plaintext = Buffer.from(functionName);
      try {
        // What was encrypted when the variables were set: the key must still be there, and in order.
        const { CiphertextBlob } = (await kms(INTERNAL, 'Encrypt', {
          KeyId: variablesKeyArn,
          Plaintext,
          EncryptionContext,
        })) as { CiphertextBlob: Uint8Array };
        await kms(asRole(place, roleArn, functionName), 'Decrypt', { CiphertextBlob, EncryptionContext });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const refusal = cannotDecrypt(error);
        telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message: `${label}: ${refusal.message}` }]);
        throw refusal;
      }
    },
  };
}

function contextOf(place: Place, functionName: string): Record<string, string> {
  return { 'aws:lambda:FunctionArn': functionArn(place, functionName) };
}

/** By KMS's code. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
const WORDS: Readonly<Record<string, readonly [code: string, why: string]>> = {
  DisabledException: ['KMSDisabledException', 'the KMS key used is disabled'],
  KMSInvalidStateException: ['KMSInvalidStateException', 'the state of the KMS key used is not valid for Decrypt'],
  NotFoundException: ['KMSNotFoundException', 'the KMS key was not found'],
};

function cannotDecrypt({ code, message }: AwsError): AwsError {
  const [lambdaCode, why] = WORDS[code] ?? ['KMSAccessDeniedException', 'KMS access was denied'];
  const text = `Lambda was unable to decrypt the environment variables because ${why}. Please check the function's KMS key settings. KMS Exception: ${code}KMS Message: ${message}`;
  return new AwsError(lambdaCode, text, { statusCode: 502, members: { Type: 'User' } });
}
