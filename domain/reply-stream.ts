/**
 * A reply as it comes: words are let through once nothing that begins with them can be forbidden any more. What was let
 * through keeps the rules of `reply-rules.ts`, also when the rest does not.
 */
import { DRAFT_LIMITS } from './draft.ts';
import { InvalidAnswer } from './model-answer.ts';
import { type Grounds, replyRules } from './reply-rules.ts';

export interface ReplyStream {
  /** What may be shown now. @throws InvalidAnswer */
  push(text: string): string;
  /** The rest. @throws InvalidAnswer */
  end(): string;
}

/** At the end of a text: a word that may go on, with digits, brackets and signs before it that may belong to a number. */
const OPEN_END = /(?:[\p{Nd}\s()./\-–—·*_+<[\]!&]*)\S*$/u;

export function replyStream(grounds: Grounds): ReplyStream {
  const rules = replyRules(grounds);
  let whole = '';
  let shown = 0;

  function checked(upTo: number): string {
    const text = whole.slice(0, upTo);
    if ([...text].length > DRAFT_LIMITS.reply) throw new InvalidAnswer([`reply is longer than ${DRAFT_LIMITS.reply}`]);
    const problems = rules(text);
    if (problems.length > 0) throw new InvalidAnswer(problems);
    const released = whole.slice(shown, upTo);
    shown = upTo;
    return released;
  }

  return {
    push(text) {
      whole += text;
      const boundary = OPEN_END.exec(whole)?.index ?? whole.length;
      // The space goes with the word after it, which is not known yet.
      return boundary > shown ? checked(boundary) : '';
    },
    end: () => checked(whole.length),
  };
}
