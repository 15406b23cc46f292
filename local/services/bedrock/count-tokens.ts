/** CountTokens: what a request would be charged for, without asking a model. */
import type { Operation } from '../../kernel/service.ts';
import { promptOf } from './converse/read.ts';
import { checkConversation } from './converse/rules.ts';
import type { ConverseInput } from './converse/types.ts';
import { invalidModelId, validation } from './errors.ts';
import { anthropic } from './invoke/anthropic.ts';
import { jsonBody } from './invoke/events.ts';
import { nova } from './invoke/nova.ts';
import { findTarget, modelArn } from './models/target.ts';
import type { Room } from './room.ts';
import { countPrompt } from './tokens.ts';

interface CountInput {
  readonly modelId: string;
  readonly input: { readonly converse?: ConverseInput; readonly invokeModel?: { readonly body: Uint8Array } };
}

export function countOperations(room: Room): Readonly<Record<string, Operation>> {
  const count: Operation<CountInput> = {
    requires({ modelId }) {
      const target = findTarget(modelId, room);
      if (!target) return [];
      return [{ action: 'bedrock:CountTokens', resource: modelArn(target.model, room.region, room) }];
    },
    async handle({ modelId, input }, { signal }) {
      if (room.backend.kind === 'forward') return await room.backend.call('CountTokens', { modelId, input }, signal);
      const target = findTarget(modelId, room);
      // Counting is asked of the model itself, whatever it is called through.
      if (!target || target.profile) throw invalidModelId();
      const { model } = target;
      if (input.converse) {
        checkConversation(input.converse, model);
        return { inputTokens: countPrompt(promptOf(input.converse, model)) };
      }
      if (!input.invokeModel) throw validation('The input must have either invokeModel or converse.');
      const family = model.family === 'claude' ? anthropic : nova;
      return { inputTokens: countPrompt(family.read(jsonBody(input.invokeModel.body), model)) };
    },
  };
  return { CountTokens: count as Operation };
}
