/** What came of a request, in one sentence for people; and the little that requests of several steps have in common. */
import type { HelpDesk } from './help-desk.ts';

export interface Seen {
  readonly works: boolean;
  /** What the caller was told. */
  readonly told: string;
}

/** A step answered otherwise than it should. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Whether all of it was done; what is neither a refusal nor an error of AWS is a mistake of the test, and is thrown. */
export async function seen(journey: () => Promise<string>): Promise<Seen> {
  try {
    return { works: true, told: await journey() };
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    if (name === 'Refused') return { works: false, told: message };
    if (code === undefined) throw error;
    return { works: false, told: `${code}: ${message}` };
  }
}

/** Rejects with Refused. */
export async function expectOk(response: Response, what: string): Promise<Response> {
  if (response.status < 400) return response;
  throw new Refused(`${what}: ${response.status} ${await response.text()}`);
}

/** As somebody outside of the stack, who may everything. */
export const asClient = (desk: HelpDesk, service: string, operation: string, input: object): Promise<unknown> =>
  desk.cloud.kernel.dispatch({ caller: { kind: 'client' }, service, operation, input });

/** ms between two looks at something that happens by itself. */
export const A_MOMENT = 20;

export const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, A_MOMENT));
