/** Operations that nothing here stands behind. Who calls one is told so, by name. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';

const WHY: Readonly<Record<string, readonly string[]>> = {
  'there are no asymmetric keys': [
    'DeriveSharedSecret',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GetPublicKey',
    'Sign',
    'Verify',
    'Encapsulate',
    'Decapsulate',
  ],
  'there are no HMAC keys': ['GenerateMac', 'VerifyMac'],
  'key material cannot be imported': ['DeleteImportedKeyMaterial', 'GetParametersForImport', 'ImportKeyMaterial'],
  'there are no custom key stores': [
    'ConnectCustomKeyStore',
    'CreateCustomKeyStore',
    'DeleteCustomKeyStore',
    'DescribeCustomKeyStores',
    'DisconnectCustomKeyStore',
    'UpdateCustomKeyStore',
  ],
  'there is one Region': ['ReplicateKey', 'UpdatePrimaryRegion'],
  'nobody counts when a key was last used': ['GetKeyLastUsage'],
};

/** Each answers 501 `OperationNotEmulated`, which SDKs do not try again. */
export function notEmulatedOperations(): Readonly<Record<string, Operation>> {
  const refusals = Object.entries(WHY).flatMap(([why, names]) => names.map((name) => [name, refusal(name, why)]));
  return Object.fromEntries(refusals);
}

function refusal(name: string, why: string): Operation {
  return {
    requires: () => [],
    handle() {
      throw new AwsError('OperationNotEmulated', `${name} is not emulated here: ${why}.`, { statusCode: 501 });
    },
  };
}
