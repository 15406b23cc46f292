/**
 * What users may be described by, and what a pool makes of it.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
 */
import type { AttributeType, SchemaAttributeType } from '@aws-sdk/client-cognito-identity-provider';
import { invalidParameter } from './errors.ts';
import type { Pool, SchemaAttribute } from './records.ts';

export type Attributes = Readonly<Record<string, string>>;

const text = (Name: string, min = '0'): SchemaAttribute => ({
  Name,
  AttributeDataType: 'String',
  DeveloperOnlyAttribute: false,
  Mutable: true,
  Required: false,
  StringAttributeConstraints: { MinLength: min, MaxLength: '2048' },
});

const flag = (Name: string): SchemaAttribute => ({
  Name,
  AttributeDataType: 'Boolean',
  DeveloperOnlyAttribute: false,
  Mutable: true,
  Required: false,
});

/** What every pool has. */
export const STANDARD: readonly SchemaAttribute[] = [
  { ...text('sub', '1'), Mutable: false, Required: true },
  text('name'),
  text('given_name'),
  text('family_name'),
  text('middle_name'),
  text('nickname'),
  text('preferred_username'),
  text('profile'),
  text('picture'),
  text('website'),
  text('email'),
  flag('email_verified'),
  text('gender'),
  { ...text('birthdate'), StringAttributeConstraints: { MinLength: '10', MaxLength: '10' } },
  text('zoneinfo'),
  text('locale'),
  text('phone_number'),
  flag('phone_number_verified'),
  text('address'),
  {
    ...text('updated_at'),
    AttributeDataType: 'Number',
    StringAttributeConstraints: undefined,
    NumberAttributeConstraints: { MinValue: '0' },
  },
  { ...text('identities'), StringAttributeConstraints: {} },
];

const STANDARD_NAMES = new Set(STANDARD.map(({ Name }) => Name));

/** A pool's schema: what every pool has, changed and added to by what its author says. Throws InvalidParameterException. */
export function schemaOf(given: readonly SchemaAttributeType[] = []): readonly SchemaAttribute[] {
  const standard = STANDARD.map((attribute) => {
    const said = given.find(({ Name }) => Name === attribute.Name);
    if (!said) return attribute;
    if (said.AttributeDataType !== undefined && said.AttributeDataType !== attribute.AttributeDataType) {
      throw invalidParameter(
        `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${attribute.Name}`,
      );
    }
    return { ...attribute, ...withoutNothing(said), Name: attribute.Name };
  });
  const custom = given.filter(({ Name }) => Name !== undefined && !STANDARD_NAMES.has(Name));
  return [...standard, ...customAttributes(custom)];
}

/** Named as their users will know them. Throws InvalidParameterException. */
export function customAttributes(given: readonly SchemaAttributeType[]): readonly SchemaAttribute[] {
  return given.map((attribute) => {
    const name = attribute.Name ?? '';
    if (name === '') throw invalidParameter('Attribute name is required.');
    if (attribute.Required) throw invalidParameter('Required custom attributes are not supported currently.');
    const { AttributeDataType: type = 'String' } = attribute;
    return {
      DeveloperOnlyAttribute: false,
      Mutable: true,
      Required: false,
      ...(type === 'String' && { StringAttributeConstraints: {} }),
      ...(type === 'Number' && { NumberAttributeConstraints: {} }),
      ...withoutNothing(attribute),
      AttributeDataType: type,
      Name: `${attribute.DeveloperOnlyAttribute ? 'dev:' : ''}custom:${name.replace(/^custom:/, '')}`,
    };
  });
}

function withoutNothing<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined && member !== null)) as T;
}

/** Throws InvalidParameterException for one that is there twice. */
export function readAttributes(given: readonly AttributeType[] = []): Attributes {
  const attributes: Record<string, string> = {};
  for (const { Name = '', Value } of given) {
    if (Object.hasOwn(attributes, Name)) throw invalidParameter('Duplicate attribute in the request.');
    attributes[Name] = Value ?? '';
  }
  return attributes;
}

export function listAttributes(attributes: Attributes): AttributeType[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
}

/** Whether an attribute is set for the first time, or changed. */
export type Change = 'create' | 'update';

/** Throws InvalidParameterException with everything that does not fit the pool's schema. */
export function checkAttributes({ schema }: Pool, attributes: Attributes, change: Change): void {
  const problems = Object.entries(attributes).flatMap(([name, value]) => {
    const found = schema.find(({ Name }) => Name === name);
    if (!found) return [`${name}: Attribute does not exist in the schema.\n`];
    if (name === 'sub' || name === 'identities') {
      throw invalidParameter(`Cannot modify the non-mutable attribute ${name}`);
    }
    if (change === 'update' && found.Mutable === false) {
      throw invalidParameter(`user.${name}: Attribute cannot be updated.\n`);
    }
    return problemOf(found, value) ?? [];
  });
  if (problems.length > 0) throw invalidParameter(`Attributes did not conform to the schema: ${problems.join('')}`);
  checkFormats(attributes);
}

/** Throws InvalidParameterException for what a new user lacks. */
export function checkRequired({ schema }: Pool, attributes: Attributes): void {
  const missing = schema.filter(
    ({ Name, Required }) => Required && Name !== 'sub' && (attributes[Name] === undefined || attributes[Name] === ''),
  );
  if (missing.length === 0) return;
  const said = missing.map(({ Name }) => `${Name}: The attribute is required\n`).join('');
  throw invalidParameter(`Attributes did not conform to the schema: ${said}`);
}

function checkFormats({ email, phone_number: phone }: Attributes): void {
  if (email && !isEmail(email)) throw invalidParameter('Invalid email address format.');
  if (phone && !isPhoneNumber(phone)) throw invalidParameter('Invalid phone number format.');
}

export const isEmail = (value: string): boolean =>
  value.length <= 320 && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(value);

/** https://www.itu.int/rec/T-REC-E.164/en */
export const isPhoneNumber = (value: string): boolean => /^\+[0-9]{1,15}$/.test(value);

function problemOf(attribute: SchemaAttribute, value: string): string | undefined {
  const {
    Name,
    AttributeDataType: type,
    StringAttributeConstraints: length,
    NumberAttributeConstraints: range,
  } = attribute;
  // Empty takes an attribute away.
  if (value === '') return undefined;
  switch (type) {
    case 'Boolean':
      return /^(?:true|false)$/i.test(value) ? undefined : `${Name}: Attribute is not a boolean.\n`;
    case 'Number': {
      if (!/^-?\d+$/.test(value)) return `${Name}: Attribute is not a number.\n`;
      const number = Number(value);
      if (range?.MinValue !== undefined && number < Number(range.MinValue)) return `${Name}: Number is too small.\n`;
      if (range?.MaxValue !== undefined && number > Number(range.MaxValue)) return `${Name}: Number is too large.\n`;
      return undefined;
    }
    case 'DateTime':
      return Number.isNaN(Date.parse(value)) ? `${Name}: Attribute is not a date.\n` : undefined;
    default:
      if (length?.MinLength !== undefined && value.length < Number(length.MinLength)) {
        return `${Name}: String must be longer than ${length.MinLength} characters\n`;
      }
      if (length?.MaxLength !== undefined && value.length > Number(length.MaxLength)) {
        return `${Name}: String must be shorter than ${length.MaxLength} characters\n`;
      }
      return undefined;
  }
}
