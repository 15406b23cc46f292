/** A logger that nobody's personal data goes through. */
import { masked, maskedDeep } from '../../domain/personal-data.ts';

type Log = (message: string, extra: Error) => void;

export function maskedLogger(logger: { readonly error: Log; readonly warn: Log }): { error: Log; warn: Log } {
  const through =
    (log: Log): Log =>
    (message, extra) =>
      log(masked(message), maskedDeep(extra) as Error);
  return { error: through(logger.error.bind(logger)), warn: through(logger.warn.bind(logger)) };
}
