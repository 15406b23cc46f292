/** A pool's settings, with what AWS fills in where its author says nothing. */
import type { UpdateUserPoolRequest } from '@aws-sdk/client-cognito-identity-provider';
import { invalidParameter } from './errors.ts';
import { DEFAULT_POLICY } from './password-policy.ts';
import type { PoolSettings } from './records.ts';

const ADDRESSES = ['email', 'phone_number'];

/** Throws InvalidParameterException for what does not go together. */
export function checkedSettings(given: PoolSettings): PoolSettings {
  const { AliasAttributes: aliases, UsernameAttributes: usernames, AutoVerifiedAttributes: verified } = given;
  if (aliases?.length && usernames?.length) {
    throw invalidParameter('Only one of the aliasAttributes or usernameAttributes can be set in a user pool.');
  }
  for (const name of verified ?? []) {
    if (!ADDRESSES.includes(name)) throw invalidParameter(`Attribute ${name} cannot be verified automatically.`);
  }
  if (verified?.includes('phone_number') && !given.SmsConfiguration) {
    throw invalidParameter('Phone Number Verification/MFA can not be turned on without SMS configuration.');
  }
  const password = given.Policies?.PasswordPolicy;
  const temporaryDays =
    given.AdminCreateUserConfig?.UnusedAccountValidityDays ??
    password?.TemporaryPasswordValidityDays ??
    DEFAULT_POLICY.TemporaryPasswordValidityDays;
  return {
    ...given,
    Policies: {
      ...given.Policies,
      PasswordPolicy: {
        ...(password ? { MinimumLength: 6, ...NOTHING_REQUIRED, ...password } : DEFAULT_POLICY),
        TemporaryPasswordValidityDays: temporaryDays,
      },
      SignInPolicy: given.Policies?.SignInPolicy ?? { AllowedFirstAuthFactors: ['PASSWORD'] },
    },
    DeletionProtection: given.DeletionProtection ?? 'INACTIVE',
    LambdaConfig: given.LambdaConfig ?? {},
    VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE', ...given.VerificationMessageTemplate },
    UserAttributeUpdateSettings: {
      AttributesRequireVerificationBeforeUpdate:
        given.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [],
    },
    MfaConfiguration: given.MfaConfiguration ?? 'OFF',
    EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT', ...given.EmailConfiguration },
    UserPoolTags: given.UserPoolTags ?? {},
    AdminCreateUserConfig: {
      AllowAdminCreateUserOnly: false,
      UnusedAccountValidityDays: temporaryDays,
      ...given.AdminCreateUserConfig,
    },
    AccountRecoverySetting: given.AccountRecoverySetting ?? DEFAULT_RECOVERY,
    UserPoolTier: given.UserPoolTier ?? 'ESSENTIALS',
  };
}

/** A policy that only says how long says nothing of the rest. */
const NOTHING_REQUIRED = {
  RequireUppercase: false,
  RequireLowercase: false,
  RequireNumbers: false,
  RequireSymbols: false,
};

const DEFAULT_RECOVERY = {
  RecoveryMechanisms: [
    { Priority: 1, Name: 'verified_email' as const },
    { Priority: 2, Name: 'verified_phone_number' as const },
  ],
};

/** What an update does not name goes back to its default, as on AWS; what cannot change stays. */
export function updatedSettings(before: PoolSettings, given: Omit<UpdateUserPoolRequest, 'UserPoolId'>): PoolSettings {
  const { PoolName, ...changes } = given;
  return checkedSettings({
    ...changes,
    Name: PoolName ?? before.Name,
    AliasAttributes: before.AliasAttributes,
    UsernameAttributes: before.UsernameAttributes,
    UsernameConfiguration: before.UsernameConfiguration,
    SmsConfiguration: given.SmsConfiguration ?? before.SmsConfiguration,
    UserPoolTags: given.UserPoolTags ?? before.UserPoolTags,
    DeletionProtection: given.DeletionProtection ?? before.DeletionProtection,
  });
}
