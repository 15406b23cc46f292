/** Where users who forgot their password are written to. */
import type { CodeDeliveryDetailsType } from '@aws-sdk/client-cognito-identity-provider';
import { AwsError } from '../../kernel/aws-error.ts';
import { invalidParameter, notAuthorized } from './errors.ts';
import type { Address } from './messages.ts';
import type { Pool, User } from './records.ts';
import type { Room } from './room.ts';

export interface ResetRequest {
  readonly pool: Pool;
  readonly user: User;
  readonly clientId?: string;
  readonly clientMetadata?: Readonly<Record<string, string>>;
}

/** Throws NotAuthorizedException, InvalidParameterException where there is nowhere to write to. */
export function sendResetCode(room: Room, request: ResetRequest): Promise<CodeDeliveryDetailsType> {
  const { pool, user } = request;
  return room.messenger.sendCode({
    ...request,
    to: recoveryAddress(pool, user),
    source: 'CustomMessage_ForgotPassword',
    purpose: 'forgot-password',
  });
}

/**
 * Whether somebody who must not learn who is there may see that this user is: of others he is told what he is told of nobody.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
 */
export function isReachable(pool: Pool, user: User): boolean {
  try {
    recoveryAddress(pool, user);
    return user.enabled;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}

/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AccountRecoverySettingType.html */
function recoveryAddress({ settings }: Pool, { attributes }: User): Address {
  const mechanisms = (settings.AccountRecoverySetting?.RecoveryMechanisms ?? []).toSorted(
    (a, b) => (a.Priority ?? 0) - (b.Priority ?? 0),
  );
  if (mechanisms.some(({ Name }) => Name === 'admin_only')) {
    throw notAuthorized('Contact administrator to reset password.');
  }
  const to = mechanisms
    .map(({ Name }): Address => (Name === 'verified_email' ? 'email' : 'phone_number'))
    .find((name) => attributes[`${name}_verified`] === 'true' && attributes[name]);
  if (!to) {
    throw invalidParameter(
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    );
  }
  return to;
}
