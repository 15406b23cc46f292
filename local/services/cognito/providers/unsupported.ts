/** What templates say of pools and clients and nothing here does, named at start. */
import type { ResourceRequest, Unsupported } from '../../../kernel/provider.ts';
import type { Json, JsonObject } from '../../../kernel/service.ts';

type Finding = readonly [path: readonly string[], message: string];

const POOL: readonly Finding[] = [
  [['DeviceConfiguration'], 'devices are not remembered: every sign-in is one from a new device'],
  [['EmailConfiguration', 'SourceArn'], 'mail is kept in the local mailbox and shown in the log, not sent by SES'],
  [['LambdaConfig', 'CustomEmailSender'], 'the function is not called: mail is kept in the local mailbox'],
  [['LambdaConfig', 'CustomSMSSender'], 'the function is not called: text messages are kept in the local mailbox'],
  [['LambdaConfig', 'InboundFederation'], 'nobody signs in through another identity provider here'],
  [['WebAuthnRelyingPartyID'], 'passkeys are not emulated'],
  [['WebAuthnUserVerification'], 'passkeys are not emulated'],
];

export function unsupportedOfPool({ properties }: ResourceRequest): readonly Unsupported[] {
  const security = at(properties, ['UserPoolAddOns', 'AdvancedSecurityMode']);
  const option = at(properties, ['VerificationMessageTemplate', 'DefaultEmailOption']);
  const factors = at(properties, ['Policies', 'SignInPolicy', 'AllowedFirstAuthFactors']);
  return [
    ...present(properties, POOL),
    ...(security !== undefined && security !== 'OFF'
      ? [
          {
            path: ['UserPoolAddOns', 'AdvancedSecurityMode'],
            message: 'threat protection is not emulated: nobody is blocked, no risk is rated',
          },
        ]
      : []),
    ...(option === 'CONFIRM_WITH_LINK'
      ? [
          {
            path: ['VerificationMessageTemplate', 'DefaultEmailOption'],
            message: 'mail carries a code in place of the link, whose page is not emulated',
          },
        ]
      : []),
    ...(Array.isArray(factors) && factors.some((factor) => factor !== 'PASSWORD')
      ? [
          {
            path: ['Policies', 'SignInPolicy', 'AllowedFirstAuthFactors'],
            message: 'only passwords are emulated as first factors: the flow USER_AUTH is not',
          },
        ]
      : []),
  ];
}

const CLIENT: readonly Finding[] = [
  [['AnalyticsConfiguration'], 'nothing is sent to Pinpoint'],
  [['CallbackURLs'], 'the managed login pages are not emulated: no browser is sent there'],
  [['LogoutURLs'], 'the managed login pages are not emulated: no browser is sent there'],
];

export function unsupportedOfClient({ properties }: ResourceRequest): readonly Unsupported[] {
  const providers = at(properties, ['SupportedIdentityProviders']);
  const others = Array.isArray(providers) ? providers.filter((name) => name !== 'COGNITO') : [];
  return [
    ...present(properties, CLIENT),
    ...(others.length > 0
      ? [{ path: ['SupportedIdentityProviders'], message: `nobody signs in by ${others.join(', ')} here` }]
      : []),
  ];
}

function present(properties: JsonObject, findings: readonly Finding[]): Unsupported[] {
  return findings.flatMap(([path, message]) => (at(properties, path) === undefined ? [] : [{ path, message }]));
}

function at(properties: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = properties;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}
