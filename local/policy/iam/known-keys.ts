/**
 * The condition keys that a call here can have: what the doors and the services fill. The rest counts as absent, which
 * is said at start. Whoever fills another key adds it here.
 */
import { compileGlob, matchesGlob } from './wildcard.ts';

/** `*` stands for a tag's key, or for whatever an encryption context names. */
export const KEYS_WE_KNOW: readonly string[] = [
  'aws:CalledVia',
  'aws:CalledViaFirst',
  'aws:CalledViaLast',
  'aws:CurrentTime',
  'aws:EpochTime',
  'aws:MultiFactorAuthPresent',
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:PrincipalIsAWSService',
  'aws:PrincipalServiceName',
  'aws:PrincipalServiceNamesList',
  'aws:PrincipalTag/*',
  'aws:PrincipalType',
  'aws:RequestTag/*',
  'aws:RequestedRegion',
  'aws:ResourceAccount',
  'aws:ResourceTag/*',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
  'aws:SourceIdentity',
  'aws:SourceIp',
  'aws:SourceVpc',
  'aws:SourceVpce',
  'aws:TagKeys',
  'aws:TokenIssueTime',
  'aws:ViaAWSService',
  'aws:userid',
  // Never there for a role, on AWS either.
  'aws:username',
  'bedrock:GuardrailIdentifier',
  'bedrock:InferenceProfileArn',
  'bedrock:ServiceTier',
  'ec2:Vpc',
  'iam:PassedToService',
  'iam:ResourceTag/*',
  'kms:BypassPolicyLockoutSafetyCheck',
  'kms:CallerAccount',
  'kms:CustomerMasterKeySpec',
  'kms:CustomerMasterKeyUsage',
  'kms:EncryptionAlgorithm',
  'kms:EncryptionContext:*',
  'kms:EncryptionContextKeys',
  'kms:GrantConstraintType',
  'kms:GrantIsForAWSResource',
  'kms:GrantOperations',
  'kms:GranteePrincipal',
  'kms:KeyOrigin',
  'kms:KeySpec',
  'kms:KeyUsage',
  'kms:MultiRegion',
  'kms:MultiRegionKeyType',
  'kms:ReEncryptOnSameKey',
  'kms:RequestAlias',
  'kms:ResourceAliases',
  'kms:RetiringPrincipal',
  'kms:RotationPeriodInDays',
  'kms:ScheduleKeyDeletionPendingWindowInDays',
  'kms:ViaService',
  'lambda:CodeSigningConfigArn',
  'lambda:FunctionArn',
  'lambda:FunctionUrlAuthType',
  'lambda:InvokedViaFunctionUrl',
  'lambda:Principal',
  'lambda:SourceFunctionArn',
  'secretsmanager:BlockPublicPolicy',
  'secretsmanager:Description',
  'secretsmanager:ForceDeleteWithoutRecovery',
  'secretsmanager:KmsKeyId',
  'secretsmanager:Name',
  'secretsmanager:RecoveryWindowInDays',
  'secretsmanager:ResourceTag/*',
  'secretsmanager:SecretId',
  'secretsmanager:VersionId',
  'secretsmanager:VersionStage',
  'secretsmanager:resource/AllowRotationLambdaArn',
  'sts:ExternalId',
  'sts:RoleSessionName',
  'sts:SourceIdentity',
  'sts:TransitiveTagKeys',
];

const exact = new Set(KEYS_WE_KNOW.map((key) => key.toLowerCase()));
const families = KEYS_WE_KNOW.filter((key) => key.endsWith('*')).map((key) => compileGlob(key.toLowerCase()));

/** Whether a call here may have this key. */
export function isKnownHere(key: string): boolean {
  const name = key.toLowerCase();
  return exact.has(name) || families.some((family) => matchesGlob(family, name));
}
