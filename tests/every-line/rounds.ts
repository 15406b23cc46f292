/**
 * Which lines are taken out at the same time: one of each function's own role. They show in requests of their own and do
 * not disturb each other. All others are taken out alone.
 */
import { type Expectation, expectationOf } from './expectations.ts';
import type { Line } from './lines.ts';
import { applyEdits } from './source-edits.ts';

export interface Removal {
  readonly line: Line;
  readonly expectation: Expectation;
}

export type Round = readonly Removal[];

export function roundsOf(lines: readonly Line[]): Round[] {
  const removals = lines.map((line): Removal => ({ line, expectation: expectationOf(line) }));
  const isRole = ({ line }: Removal) => ROLE.test(line.logicalId);
  const alone = removals.filter((removal) => !isRole(removal));
  return [...alone.map((removal) => [removal]), ...byRole(removals.filter(isRole))];
}

const ROLE = /^(Tickets|Health|MigrateDatabase|CloseDefaultSecurityGroup)Role$/;

/** The first line of each role, then the second of each, and so on. */
function byRole(removals: readonly Removal[]): Removal[][] {
  const rounds: Removal[][] = [];
  for (const lane of Map.groupBy(removals, ({ line }) => line.logicalId).values()) {
    for (const [at, removal] of lane.entries()) {
      rounds[at] ??= [];
      rounds[at].push(removal);
    }
  }
  return rounds;
}

/** The template without all of them. */
export function without(text: string, round: Round): string {
  return applyEdits(
    text,
    round.flatMap(({ line }) => line.edits),
  );
}

/** Whether a message is about this removal, among all of its round. */
export function isAbout({ line }: Removal, message: string): boolean {
  const [, owner] = ROLE.exec(line.logicalId) ?? [];
  return owner === undefined || message.includes(owner);
}
