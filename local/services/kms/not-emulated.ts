/** Operations that nothing here stands behind. Who calls one is told so, by name. */
import { notEmulatedOperations } from '../../kernel/not-emulated.ts';

export const NOT_EMULATED = notEmulatedOperations({
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
});
