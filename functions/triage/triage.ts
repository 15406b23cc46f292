/** From a ticket to what it is about: the model is asked, and rules where it is away or says what cannot be used. */
import { type Answer, type Model, ModelBrokeOffError, ModelUnavailableError } from '@app/shared/bedrock';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { InvalidAnswer } from '../../domain/model-answer.ts';
import { type Moment, sortTicket } from '../../domain/ticket.ts';
import { type Triage, triageByRules, triageFrom, triageQuestion } from '../../domain/triage.ts';
import type { TriageRepository } from './repository.ts';

export interface Dependencies {
  readonly repository: TriageRepository;
  readonly model: Model;
  /** Of the ticket's texts, in tokens. */
  readonly inputTokens: number;
  /** New for every request, and not to be guessed. */
  readonly newBoundary: () => string;
  readonly moment: () => Moment;
  /** For events that have been stored; never rejects. */
  readonly publish: (events: readonly HelpDeskEvent[]) => Promise<void>;
  /** What a call cost; told also of answers that cannot be used. */
  readonly onAnswer: (answer: Answer) => void;
  /** Told why rules sorted a ticket. */
  readonly onRules: (error: Error) => void;
}

/** Rejects with what the database throws, and with `ModelRefusedError`: a call that is wrong must not go unnoticed. */
export function triage(dependencies: Dependencies) {
  const { repository, model, inputTokens, newBoundary, moment, publish, onAnswer, onRules } = dependencies;

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
    const { triage, by } = await found(opened, remainingMs);
    const { events } = await repository.change(ticketId, (ticket) => sortTicket(ticket, triage, by, moment()));
    await publish(events);
  };
}

function isForRules(error: unknown): error is Error {
  return (
    error instanceof ModelUnavailableError || error instanceof ModelBrokeOffError || error instanceof InvalidAnswer
  );
}
