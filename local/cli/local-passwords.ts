/** Passwords that every policy takes, and that can be selected with a double click and pasted into any shell. */
import { randomInt } from 'node:crypto';

const LETTERS = 'abcdefghijkmnpqrstuvwxyz';
const CHARACTERS = `${LETTERS}${LETTERS.toUpperCase()}23456789`;

/** Twenty-four characters, one of each class among them. */
export function newLocalPassword(): string {
  const random = Array.from({ length: 20 }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
  return `A${random}_a7`;
}
