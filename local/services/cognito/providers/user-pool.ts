/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpool.html */
import { isDeepStrictEqual } from 'node:util';
import type { SchemaAttributeType, UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { Room } from '../room.ts';
import { apiProperties } from './api-properties.ts';
import type { CallCognito } from './calls.ts';
import { unlessGone } from './calls.ts';
import { unsupportedOfPool } from './unsupported.ts';

/** Named and shaped as in `CreateUserPool`. */
const API = [
  'AccountRecoverySetting',
  'AdminCreateUserConfig',
  'AliasAttributes',
  'AutoVerifiedAttributes',
  'DeletionProtection',
  'DeviceConfiguration',
  'EmailConfiguration',
  'EmailVerificationMessage',
  'EmailVerificationSubject',
  'LambdaConfig',
  'MfaConfiguration',
  'Policies',
  'SmsAuthenticationMessage',
  'SmsConfiguration',
  'SmsVerificationMessage',
  'UserAttributeUpdateSettings',
  'UsernameAttributes',
  'UsernameConfiguration',
  'UserPoolAddOns',
  'UserPoolTags',
  'UserPoolTier',
  'VerificationMessageTemplate',
];

/** A change of these makes another pool. */
const REPLACED_BY = ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'];

const FACTORS = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'];

interface PoolProperties {
  readonly name: string;
  readonly settings: Record<string, unknown>;
  readonly schema: readonly SchemaAttributeType[];
  readonly factors: readonly string[] | undefined;
}

export function userPoolProvider(call: CallCognito, { region }: Pick<Room, 'region'>): Provider {
  async function make(request: ResourceRequest, generatedName: string): Promise<ResourceResult> {
    const { name, settings, schema, factors } = read(request, generatedName);
    const { UserPool } = await call<{ UserPool: UserPoolType }>('CreateUserPool', {
      ...settings,
      // Turned on when the pool knows by what.
      MfaConfiguration: undefined,
      PoolName: name,
      Schema: schema,
    });
    const id = UserPool.Id ?? '';
    try {
      await setFactors(id, settings, factors);
    } catch (error) {
      await remove(id);
      throw error;
    }
    return result(id, UserPool.Arn ?? '');
  }

  async function setFactors(
    UserPoolId: string,
    settings: PoolProperties['settings'],
    factors: readonly string[] | undefined,
  ): Promise<void> {
    const { MfaConfiguration = 'OFF', SmsConfiguration } = settings;
    // Without a word of factors it is text messages, where the pool can send any.
    const enabled = factors ?? (SmsConfiguration === undefined ? [] : ['SMS_MFA']);
    await call('SetUserPoolMfaConfig', {
      UserPoolId,
      MfaConfiguration,
      ...(enabled.includes('SMS_MFA') && { SmsMfaConfiguration: { SmsConfiguration } }),
      SoftwareTokenMfaConfiguration: { Enabled: enabled.includes('SOFTWARE_TOKEN_MFA') },
      ...(enabled.includes('EMAIL_OTP') && { EmailMfaConfiguration: {} }),
    });
  }

  async function remove(UserPoolId: string): Promise<void> {
    await unlessGone(call('DeleteUserPool', { UserPoolId }));
  }

  function result(id: string, arn: string): ResourceResult {
    const ProviderName = `cognito-idp.${region}.amazonaws.com/${id}`;
    return {
      physicalId: id,
      attributes: { Arn: arn, UserPoolId: id, ProviderName, ProviderURL: `https://${ProviderName}` },
    };
  }

  return {
    create: (request) => make(request, request.generatedName),

    async update(request, existing) {
      const before = existing.properties;
      if (REPLACED_BY.some((name) => !isDeepStrictEqual(before[name], request.properties[name]))) {
        return make(request, request.replacementName);
      }
      const { settings, schema, factors, name } = read(request, existing.logicalId);
      const UserPoolId = existing.physicalId;
      await addAttributes(call, UserPoolId, schema);
      const { AliasAttributes: _, UsernameAttributes: __, UsernameConfiguration: ___, ...changeable } = settings;
      const hasName = request.properties['UserPoolName'] !== undefined;
      await call('UpdateUserPool', {
        ...changeable,
        MfaConfiguration: undefined,
        UserPoolId,
        ...(hasName && { PoolName: name }),
      });
      await setFactors(UserPoolId, settings, factors);
      return result(UserPoolId, String(existing.attributes['Arn']));
    },

    delete: ({ physicalId }) => remove(physicalId),

    unsupported: unsupportedOfPool,
  };
}

/** Attributes are only ever added: CloudFormation refuses to change or take away what users may have. */
async function addAttributes(
  call: CallCognito,
  UserPoolId: string,
  schema: readonly SchemaAttributeType[],
): Promise<void> {
  const { UserPool } = await call<{ UserPool: UserPoolType }>('DescribeUserPool', { UserPoolId });
  const known = new Set((UserPool.SchemaAttributes ?? []).map(({ Name }) => Name));
  const CustomAttributes = schema.filter(
    ({ Name = '' }) => !known.has(Name) && !known.has(`custom:${Name}`) && !known.has(`dev:custom:${Name}`),
  );
  if (CustomAttributes.length > 0) await call('AddCustomAttributes', { UserPoolId, CustomAttributes });
}

function read(request: ResourceRequest, generatedName: string): PoolProperties {
  return readProperties(request, (reader) => {
    for (const factor of reader.texts('EnabledMfas')) {
      if (!FACTORS.includes(factor)) reader.refuse(['EnabledMfas'], `EnabledMfas must be of ${FACTORS.join(', ')}`);
    }
    reader.oneOf('MfaConfiguration', ['ON', 'OFF', 'OPTIONAL']);
    const schema = reader.objects('Schema', (attribute) => ({
      ...apiProperties<SchemaAttributeType>(attribute, [
        'AttributeDataType',
        'DeveloperOnlyAttribute',
        'Mutable',
        'Required',
      ]),
      Name: attribute.requiredText('Name'),
      StringAttributeConstraints: attribute.object('StringAttributeConstraints', (limits) => ({
        MinLength: limits.text('MinLength'),
        MaxLength: limits.text('MaxLength'),
      })),
      NumberAttributeConstraints: attribute.object('NumberAttributeConstraints', (limits) => ({
        MinValue: limits.text('MinValue'),
        MaxValue: limits.text('MaxValue'),
      })),
    }));
    return {
      name: reader.text('UserPoolName') ?? generatedName,
      settings: apiProperties(reader, API),
      schema,
      factors: reader.properties['EnabledMfas'] === undefined ? undefined : reader.texts('EnabledMfas'),
    };
  });
}
