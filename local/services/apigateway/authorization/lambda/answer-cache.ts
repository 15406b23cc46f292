/**
 * Answers of an authorizer, by the identity they were given for. The policy in an answer is asked anew for each method,
 * so that one answer does for a whole API.
 */
import type { AuthorizerAnswer } from './answer.ts';

export interface AnswerCache {
  get(identity: readonly string[]): AuthorizerAnswer | undefined;
  put(identity: readonly string[], answer: AuthorizerAnswer): void;
}

/** Whoever makes identities up fills no more than this. */
const MOST_ANSWERS = 10_000;

/** @param now ms since 1970 */
export function createAnswerCache(ttlSeconds: number, now: () => number): AnswerCache {
  const answers = new Map<string, { readonly answer: AuthorizerAnswer; readonly until: number }>();
  const keyOf = (identity: readonly string[]) => JSON.stringify(identity);
  return {
    get(identity) {
      if (ttlSeconds === 0 || identity.length === 0) return undefined;
      const key = keyOf(identity);
      const found = answers.get(key);
      if (found === undefined || found.until > now()) return found?.answer;
      answers.delete(key);
      return undefined;
    },
    put(identity, answer) {
      if (ttlSeconds === 0 || identity.length === 0) return;
      if (answers.size >= MOST_ANSWERS) answers.delete(answers.keys().next().value as string);
      answers.set(keyOf(identity), { answer, until: now() + ttlSeconds * 1000 });
    },
  };
}
