import { randomBytes } from 'node:crypto';

/** Random hexadecimal digits, drawn from the system a few thousand at a time. */
export function createHexSource(): (digits: number) => string {
  let pool = '';
  let at = 0;
  return (digits) => {
    if (at + digits > pool.length) {
      pool = randomBytes(4096).toString('hex');
      at = 0;
    }
    at += digits;
    return pool.slice(at - digits, at);
  };
}
