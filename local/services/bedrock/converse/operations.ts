/** https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html */
import type { Operation } from '../../../kernel/service.ts';
import type { Backend, Prompt } from '../contract.ts';
import { validation } from '../errors.ts';
import type { Target } from '../models/target.ts';
import { begun, gather } from '../pieces.ts';
import { onModel } from '../requirements.ts';
import { fateOf, namedTarget, type Room, targetOf } from '../room.ts';
import { forwardStream } from '../streams.ts';
import { countPrompt } from '../tokens.ts';
import { promptOf } from './read.ts';
import { checkConversation } from './rules.ts';
import type { ConverseInput } from './types.ts';
import { converseEvents, converseOutput } from './write.ts';

export function converseOperations(room: Room): Readonly<Record<string, Operation>> {
  const { backend, clock } = room;

  const converse: Operation<ConverseInput> = {
    requires: (input) => onModel('bedrock:InvokeModel', input, namedTarget(room, input.modelId), room),
    async handle(input, { signal }) {
      const startedAt = clock.now();
      if (backend.kind === 'forward') {
        fateOf(room);
        return await backend.call('Converse', input, signal);
      }
      const { prompt, target } = read(room, input);
      const fate = fateOf(room);
      const reply = await gather(fate.befall(backend.reply(prompt, target, signal), signal, 'whole'));
      return converseOutput(reply, clock.now() - startedAt, input.additionalModelResponseFieldPaths);
    },
  };

  const converseStream: Operation<ConverseInput> = {
    requires: (input) =>
      onModel('bedrock:InvokeModelWithResponseStream', input, namedTarget(room, input.modelId), room),
    async handle(input, { signal }) {
      if (backend.kind === 'forward')
        return await forwardStream(room, backend, 'ConverseStream', 'stream', input, signal);
      return await stream(backend, input, signal);
    },
  };

  async function stream(model: Extract<Backend, { kind: 'model' }>, input: ConverseInput, signal?: AbortSignal) {
    const startedAt = clock.now();
    const { prompt, target } = read(room, input);
    const fate = fateOf(room);
    const pieces = await begun(fate.befall(model.reply(prompt, target, signal), signal, 'streamed'));
    const latencyMs = () => clock.now() - startedAt;
    return { stream: converseEvents(pieces, latencyMs, input.additionalModelResponseFieldPaths) };
  }

  return { Converse: converse as Operation, ConverseStream: converseStream as Operation };
}

function read(room: Room, input: ConverseInput): { readonly prompt: Prompt; readonly target: Target } {
  const target = targetOf(room, input.modelId);
  if (input.promptVariables) {
    throw validation(
      'promptVariables can only be used with a prompt from Prompt management, which is not emulated here.',
    );
  }
  checkConversation(input, target.model);
  const prompt = promptOf(input, target.model);
  refuseTooLong(prompt, target);
  return { prompt, target };
}

export function refuseTooLong(prompt: Prompt, { model }: Target): void {
  if (countPrompt(prompt) > model.contextWindow) throw validation('Input is too long for requested model.');
}
