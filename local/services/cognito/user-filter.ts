/**
 * `ListUsers`' filters: one attribute, equal or beginning.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html#cognito-user-pools-searching-for-users-using-listusers-api
 */
import { invalidParameter } from './errors.ts';
import type { User } from './records.ts';

/** What can be searched by; custom attributes cannot. */
const SEARCHABLE = new Set([
  'username',
  'email',
  'phone_number',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'cognito:user_status',
  'status',
  'sub',
]);

const FORM = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/;

/** Throws InvalidParameterException for what is no filter. */
export function userFilter(text: string | undefined): (user: User) => boolean {
  if (text === undefined || text === '') return () => true;
  const match = FORM.exec(text);
  const [, name = '', operator, quoted = ''] = match ?? [];
  if (!match || !SEARCHABLE.has(name)) throw invalidParameter('Error while parsing filter.');
  const wanted = fold(quoted.replace(/\\(.)/g, '$1'), name);
  const fits = (value: string) => (operator === '=' ? value === wanted : value.startsWith(wanted));
  return (user) => {
    const value = valueFor(user, name);
    return value !== undefined && fits(fold(value, name));
  };
}

function valueFor({ username, status, enabled, attributes }: User, name: string): string | undefined {
  if (name === 'username') return username;
  if (name === 'cognito:user_status') return status;
  return name === 'status' ? (enabled ? 'Enabled' : 'Disabled') : attributes[name];
}

/** What users and states are called is found in any case; names and addresses are found as they are written. */
const fold = (value: string, name: string): string =>
  name === 'cognito:user_status' || name === 'status' ? value.toLowerCase() : value;
