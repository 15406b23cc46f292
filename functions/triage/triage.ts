/** From a ticket to what it is about: the model is asked, and rules where it is away or says what cannot be used. */
import { type Answer, type Model, ModelBrokeOffError, ModelUnavailableError } from '@app/shared/bedrock';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { InvalidAnswer } from '../../domain/model-answer.ts';
import { type Hooks, sortForTenant } from '../../domain/tenant-hooks.ts';
import type { Moment } from '../../domain/ticket.ts';
import { type Triage, triageByRules, triageFrom, triageQuestion } from '../../domain/triage.ts';
import type { TriageRepository } from './repository.ts';

export interface Dependencies {
  readonly repository: TriageRepository;
  readonly model: Model;
  /** Of the ticket's texts, in tokens. */
  readonly inputTokens: number;
  /** What the organisation of this address wants done with its tickets. */
  readonly hooksOf: (requesterEmail: string) => Promise<Hooks>;
  /** New for every request, and not to be guessed. */
  readonly newBoundary: () => string;
  readonly moment: () => Moment;
  /** For events that have been stored; never rejects. */
  readonly publish: (events: readonly HelpDeskEvent[]) => Promise<void>;
  /** What a call cost; told also of answers that cannot be used. */
  readonly onAnswer: (answer: Answer) => void;
  /** Told why rules sorted a ticket. */
  readonly onRules: (error: Error) => void;
  /** Told what of a tenant's steps was left out. */
  readonly onHookProblems: (problems: readonly string[]) => void;
}

/** Rejects with what the database and `hooksOf` throw, and with `ModelRefusedError`: a call that is wrong must not go unnoticed. */
export function triage(dependencies: Dependencies) {
  const { repository, model, inputTokens, newBoundary, moment, publish, onAnswer, onRules } = dependencies;
  const { hooksOf, onHookProblems } = dependencies;

  async function found(text: { subject: string; body: string }, remainingMs: () => number) {
    const boundary = newBoundary();
    try {
      const answer = await model.ask(triageQuestion(text, { boundary, tokens: inputTokens }), remainingMs);
      onAnswer(answer);
      return { triage: triageFrom(answer.input, boundary), by: 'model' as const };
    } catch (error) {
      if (!isForRules(error)) throw error;
      onRules(error);
      return { triage: triageByRules(text) satisfies Triage, by: 'rules' as const };
    }
  }

  return async (ticketId: string, remainingMs: () => number): Promise<void> => {
    const opened = await repository.unsorted(ticketId);
    // Sorted already: the event came twice, or was told again.
    if (!opened) return;
    const { steps, problems } = await hooksOf(opened.requesterEmail);
    if (problems.length > 0) onHookProblems(problems);
    const sorted = await found(opened, remainingMs);
    const { events } = await repository.sort(ticketId, (ticket, size) =>
      sortForTenant(ticket, sorted, steps, size, moment()),
    );
    await publish(events);
  };
}

function isForRules(error: unknown): error is Error {
  return (
    error instanceof ModelUnavailableError || error instanceof ModelBrokeOffError || error instanceof InvalidAnswer
  );
}
