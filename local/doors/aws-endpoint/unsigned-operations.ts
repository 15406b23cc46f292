/**
 * What AWS answers without a signature: operations by which somebody gets credentials, or proves who he is in another
 * way, and services whose resources may be public. Everything else wants a signature.
 */
const UNSIGNED: Readonly<Record<string, ReadonlySet<string> | 'all'>> = {
  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
  sts: new Set(['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']),
  /** https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html: they carry tokens or passwords. */
  'cognito-idp': new Set([
    'AssociateSoftwareToken',
    'ChangePassword',
    'CompleteWebAuthnRegistration',
    'ConfirmDevice',
    'ConfirmForgotPassword',
    'ConfirmSignUp',
    'DeleteUser',
    'DeleteUserAttributes',
    'DeleteWebAuthnCredential',
    'ForgetDevice',
    'ForgotPassword',
    'GetDevice',
    'GetTokensFromRefreshToken',
    'GetUser',
    'GetUserAttributeVerificationCode',
    'GetUserAuthFactors',
    'GlobalSignOut',
    'InitiateAuth',
    'ListDevices',
    'ListWebAuthnCredentials',
    'ResendConfirmationCode',
    'RespondToAuthChallenge',
    'RevokeToken',
    'SetUserMFAPreference',
    'SetUserSettings',
    'SignUp',
    'StartWebAuthnRegistration',
    'UpdateAuthEventFeedback',
    'UpdateDeviceStatus',
    'UpdateUserAttributes',
    'VerifySoftwareToken',
    'VerifyUserAttribute',
  ]),
  /** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html */
  'cognito-identity': new Set(['GetCredentialsForIdentity', 'GetId', 'GetOpenIdToken', 'UnlinkIdentity']),
  /** The links in a confirmation's text: https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html */
  sns: new Set(['ConfirmSubscription', 'Unsubscribe']),
  /** Buckets and queues may be open to anybody: their policies decide. */
  s3: 'all',
  sqs: 'all',
};

export function mayBeUnsigned(service: string, operation: string): boolean {
  if (!Object.hasOwn(UNSIGNED, service)) return false;
  const operations = UNSIGNED[service]!;
  return operations === 'all' || operations.has(operation);
}
