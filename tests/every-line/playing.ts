/** One round: lines are taken out, requests fail, advice is taken, requests work again. */
import { type HelpDesk, readIncluded } from './help-desk.ts';
import { adviceIn, mend } from './mend.ts';
import { probe, type Seen } from './probes.ts';
import { isAbout, type Round, without } from './rounds.ts';

export interface Outcome {
  readonly before: Seen;
  /** Everything that was said about it while it failed, the caller's answer first. */
  readonly said: string;
  /** In the order in which it was taken. */
  readonly advice: readonly string[];
  /** Once all of it was taken. */
  readonly after: Seen;
}

/** One piece of advice mends one request, and a line may have been there for several. */
const MOST_ADVICE = 6;

/** Leaves the help desk as the template without the lines has it, where advice has added resources. */
export async function play(desk: HelpDesk, template: string, round: Round): Promise<Outcome[]> {
  desk.logged();
  const cut = without(template, round);
  const before = await probe(desk, cut, round);
  let heard = desk.logged();
  const said = round.map((removal, at) =>
    [before[at]!.told, ...heard.filter((one) => isAbout(removal, one))].join('\n'),
  );
  const taken = round.map((): string[] => []);
  let text = cut;
  let after = before;
  for (let times = 0; times < MOST_ADVICE && after.some(({ works }) => !works); times += 1) {
    const next = round.map((removal, at) =>
      after[at]!.works ? undefined : adviceFor([after[at]!.told, ...heard.filter((one) => isAbout(removal, one))]),
    );
    if (next.every((one) => one === undefined)) break;
    for (const [at, advice] of next.entries()) {
      if (advice === undefined) continue;
      taken[at]!.push(advice);
      text = mend(text, advice, readIncluded);
    }
    after = await probe(desk, text, round);
    heard = desk.logged();
  }
  if (taken.flat().some((advice) => advice.includes('add to Resources:'))) await desk.apply(cut);
  return round.map((_removal, at) => ({ before: before[at]!, said: said[at]!, advice: taken[at]!, after: after[at]! }));
}

/** The first that anybody gives. */
function adviceFor(messages: readonly string[]): string | undefined {
  return messages.find((message) => adviceIn(message).length > 0);
}
