/** What Cognito remembers. JSON only: it is stored. Times are ms since 1970; other names and units are the API's. */
import type {
  GroupType,
  ResourceServerScopeType,
  SchemaAttributeType,
  UserPoolClientType,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';

/** As `DescribeUserPool` tells it, without what is counted or dated. */
export type PoolSettings = Omit<
  UserPoolType,
  | 'Id'
  | 'Arn'
  | 'CreationDate'
  | 'LastModifiedDate'
  | 'EstimatedNumberOfUsers'
  | 'Status'
  | 'Domain'
  | 'CustomDomain'
  | 'SchemaAttributes'
> & { readonly Name: string };

export interface Pool {
  /** `us-east-1_AbCdEfGhI` */
  readonly id: string;
  readonly arn: string;
  readonly settings: PoolSettings;
  /** Standard attributes and custom ones, these with their `custom:`. */
  readonly schema: readonly SchemaAttribute[];
  /** What users may use besides their password; `settings.MfaConfiguration` says whether. */
  readonly factors: { readonly softwareToken: boolean; readonly sms: boolean; readonly email: boolean };
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export type SchemaAttribute = SchemaAttributeType & { readonly Name: string };

/** As `DescribeUserPoolClient` tells it. */
export type ClientSettings = Omit<
  UserPoolClientType,
  'UserPoolId' | 'ClientId' | 'CreationDate' | 'LastModifiedDate' | 'ClientSecret'
> & { readonly ClientName: string };

export interface AppClient {
  readonly id: string;
  readonly poolId: string;
  readonly secret?: string;
  readonly settings: ClientSettings;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface Group extends Omit<GroupType, 'CreationDate' | 'LastModifiedDate'> {
  readonly GroupName: string;
  readonly UserPoolId: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface ResourceServer {
  readonly poolId: string;
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly ResourceServerScopeType[];
}

export interface Domain {
  readonly domain: string;
  readonly poolId: string;
  readonly customCertificateArn?: string;
  readonly managedLoginVersion?: number;
}

export type UserStatus = 'UNCONFIRMED' | 'CONFIRMED' | 'RESET_REQUIRED' | 'FORCE_CHANGE_PASSWORD';

/** Never the password itself: what SRP proves it by, both in hexadecimal digits. */
export interface PasswordVerifier {
  readonly salt: string;
  readonly verifier: string;
}

export interface User {
  /** What tokens call `cognito:username`. */
  readonly username: string;
  readonly poolId: string;
  /** `sub` among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: UserStatus;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly password?: PasswordVerifier;
  /** Earlier ones, newest first, as many as the policy remembers. */
  readonly formerPasswords?: readonly PasswordVerifier[];
  /** A password that an administrator gave holds until then. */
  readonly temporaryUntil?: number;
  /** By name. */
  readonly groups: readonly string[];
  readonly mfa: UserMfa;
  /** Access tokens and refresh tokens of before are worth nothing. */
  readonly signedOutAt?: number;
  readonly failures?: { readonly count: number; readonly lockedUntil: number };
  /** New values of attributes that have to be verified before they replace the old ones. */
  readonly pending?: Readonly<Record<string, string>>;
}

export type MfaKind = 'SMS_MFA' | 'SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP';

export interface UserMfa {
  readonly enabled: readonly MfaKind[];
  readonly preferred?: MfaKind;
  /** Base32. */
  readonly softwareToken?: { readonly secret: string; readonly verified: boolean; readonly lastCounter?: number };
}

/** `sub` is always there. */
export const subOf = ({ attributes }: User): string => attributes['sub'] ?? '';
