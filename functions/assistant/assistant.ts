/** From a ticket to a suggested reply, piece by piece: reads what there is, asks the model, lets through what may pass. */
import type { Model, Answer as ModelAnswer } from '@app/shared/bedrock';
import { type Caller, mustSee } from '../../domain/caller.ts';
import { type AttachedText, type Draft, draftFrom, draftQuestion } from '../../domain/draft.ts';
import { textOfField } from '../../domain/partial-json.ts';
import { NotAllowedInStatus, TicketNotFound } from '../../domain/problems.ts';
import { replyStream } from '../../domain/reply-stream.ts';
import type { AssistantRepository, ReadableAttachment } from './repository.ts';

export interface Suggestion {
  readonly draft: Draft;
  /** Id or ARN, as it was asked. */
  readonly model: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

export type Progress =
  /** A piece of the reply that keeps the rules, whatever comes after it. */
  { readonly kind: 'token'; readonly text: string } | { readonly kind: 'done'; readonly suggestion: Suggestion };

/** What a call cost, for metrics; told also of answers that are not let through. */
export type OnAnswer = (answer: Pick<ModelAnswer, 'usage' | 'attempts' | 'firstPieceMs' | 'stopReason'>) => void;

export interface Dependencies {
  readonly repository: AssistantRepository;
  readonly read: (attachments: readonly ReadableAttachment[]) => Promise<AttachedText[]>;
  readonly model: Model;
  readonly modelId: string;
  /** Of the ticket's texts, in tokens. */
  readonly inputTokens: number;
  /** New for every request, and not to be guessed. */
  readonly newBoundary: () => string;
  readonly onAnswer: OnAnswer;
  readonly onShortened: (parts: number) => void;
}

export type Suggest = (ticketId: string, caller: Caller, remainingMs: () => number) => AsyncIterable<Progress>;

/**
 * The iteration throws TicketNotFound, NotAllowedInStatus, InvalidAnswer, and what database and model throw.
 */
export function assistant(dependencies: Dependencies): Suggest {
  const { repository, read, model, modelId, inputTokens, newBoundary, onAnswer, onShortened } = dependencies;
  return async function* suggest(ticketId, caller, remainingMs) {
    const ticket = await repository.find(ticketId);
    if (!ticket) throw new TicketNotFound();
    mustSee(caller, ticket);
    if (ticket.status === 'closed') throw new NotAllowedInStatus('The ticket is closed: there is nothing to reply to');
    const messages = await repository.messages(ticketId);
    const attached = await read(await repository.textAttachments(ticketId));
    const question = draftQuestion(ticket, messages, attached, { boundary: newBoundary(), tokens: inputTokens });
    if (question.shortened > 0) onShortened(question.shortened);

    const field = textOfField('reply');
    const reply = replyStream(question.grounds);
    for await (const piece of model.stream(question, remainingMs)) {
      if (piece.kind === 'input') {
        const text = reply.push(field.push(piece.json));
        if (text !== '') yield { kind: 'token', text };
        continue;
      }
      onAnswer(piece.answer);
      const draft = draftFrom(piece.answer.input, question.grounds);
      const rest = reply.end();
      if (rest !== '') yield { kind: 'token', text: rest };
      yield { kind: 'done', suggestion: { draft, model: modelId, usage: piece.answer.usage } };
    }
  };
}
