/** One round: lines are taken out, requests fail, advice is taken, requests work again. */
import { type HelpDesk, readIncluded } from './help-desk.ts';
import { adviceIn, mend } from './mend.ts';
import { probe } from './probes.ts';
import { isAbout, type Round, without } from './rounds.ts';
import type { Seen } from './seen.ts';

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
/** Where nothing more is advised, a busy machine may have taken more than the seconds a function has. */
const MOST_TRIES = 3;

/** Leaves the help desk as the template without the lines has it, where advice has added resources. */
export async function play(desk: HelpDesk, template: string, round: Round): Promise<Outcome[]> {
  desk.logged();
  const cut = without(template, round);
  const before = await probe(desk, cut, round, 'new');
  let heard = messages(desk, before, round);
  const said = heard.map((all) => [...all]);
  const taken = round.map((): string[] => []);
  let text = cut;
  let after = before;
  let tries = 0;
  for (let times = 0; times < MOST_ADVICE + tries && after.some(({ works }) => !works); times += 1) {
    const isNew = (message: string, at: number) => isAdvice(message) && !taken[at]!.includes(message);
    // What nobody misses works without: advice that is given all the same is not what made it work.
    const next = round.map(({ expectation: { kind } }, at) =>
      kind === 'unknown' || after[at]!.works ? undefined : heard[at]!.find((message) => isNew(message, at)),
    );
    const isTriedAgain = next.every((one) => one === undefined);
    if (isTriedAgain && tries === MOST_TRIES) break;
    if (isTriedAgain) tries += 1;
    for (const [at, advice] of next.entries()) if (advice !== undefined) taken[at]!.push(advice);
    const advised = next.filter((advice) => advice !== undefined);
    if (advised.length > 0) text = mend(text, advised, readIncluded);
    const asked = round.filter((_removal, at) => (isTriedAgain ? !after[at]!.works : next[at] !== undefined));
    // What advice has mended works in the environments that it failed in; what does not by then, in new ones.
    const seen = await probe(desk, text, asked, isTriedAgain ? 'new' : 'same');
    after = round.map((removal, at) => seen[asked.indexOf(removal)] ?? after[at]!);
    heard = messages(desk, after, round);
    // A busy machine may have refused it first for a reason of its own.
    for (const [at, all] of heard.entries()) if (!after[at]!.works) said[at]!.push(...all);
  }
  if (taken.flat().some((advice) => advice.includes('add to Resources:'))) await desk.apply(cut);
  return round.map((_removal, at) => ({
    before: before[at]!,
    said: said[at]!.join('\n'),
    advice: taken[at]!,
    after: after[at]!,
  }));
}

/** What the caller of each was told, then what was logged about it. */
function messages(desk: HelpDesk, seen: readonly Seen[], round: Round): string[][] {
  const logged = desk.logged();
  return round.map((removal, at) => [seen[at]!.told, ...logged.filter((one) => isAbout(removal, one, round))]);
}

const isAdvice = (message: string): boolean => adviceIn(message).length > 0;
