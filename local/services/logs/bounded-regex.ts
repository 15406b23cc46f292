/** Regular expressions of whoever asks, on texts of whoever logs: none of them may keep everybody waiting. */
import { createContext, Script } from 'node:vm';

export interface BoundedRegex {
  /** False where it could not be told in time. */
  test(text: string): boolean;
  /** The match with its groups; undefined where there is none, or it could not be told in time. */
  exec(text: string): RegExpExecArray | undefined;
}

/** ms for one text. */
const PATIENCE = 250;
/** Shorter than this, an expression with a single repetition is done in no time. */
const HARMLESS_LENGTH = 4_096;

const RUN = new Script('regex.exec(text)');

/** Throws SyntaxError. */
export function boundedRegex(source: string, flags = ''): BoundedRegex {
  const regex = new RegExp(source, flags);
  const isRisky = (source.match(/[*+]|\{\d+,\d*\}/g) ?? []).length > 1;
  let context: { regex: RegExp; text: string } | undefined;

  function exec(text: string): RegExpExecArray | undefined {
    if (!isRisky && text.length <= HARMLESS_LENGTH) return regex.exec(text) ?? undefined;
    context ??= createContext({ regex, text }) as { regex: RegExp; text: string };
    context.text = text;
    try {
      return (RUN.runInContext(context, { timeout: PATIENCE }) as RegExpExecArray | null) ?? undefined;
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
      throw error;
    }
  }

  return { exec, test: (text) => exec(text) !== undefined };
}
