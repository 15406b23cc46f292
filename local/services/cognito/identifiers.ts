/** Ids in AWS's forms. */
import { randomInt } from 'node:crypto';

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LOWER_AND_DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const DIGITS = '0123456789';

/** e.g. `us-east-1_AbCdEfGhI` */
export const newPoolId = (region: string): string => `${region}_${random(LETTERS_AND_DIGITS, 9)}`;

/** Twenty-six lower-case letters and digits. */
export const newClientId = (): string => random(LOWER_AND_DIGITS, 26);

export const newClientSecret = (): string => random(LOWER_AND_DIGITS, 51);

/** What is mailed to users: six digits. */
export const newCode = (): string => random(DIGITS, 6);

/** What SRP calls a pool: its id without the region. */
export const poolName = (poolId: string): string => poolId.slice(poolId.indexOf('_') + 1);

/** Eight characters with one of each class, as Cognito makes temporary passwords, or longer where the policy says so. */
export function newPassword(length = 8): string {
  const classes = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '!@#$%^*_-+='];
  const characters = Array.from({ length: Math.max(length, classes.length) }, (_, index) =>
    random(classes[index] ?? classes.join(''), 1),
  );
  for (let index = characters.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [characters[index], characters[other]] = [characters[other]!, characters[index]!];
  }
  return characters.join('');
}

function random(characters: string, length: number): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}
