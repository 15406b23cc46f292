/** InvokeModel and its stream: bodies in the model's own form. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html */
import type { CallContext, Operation } from '../../../kernel/service.ts';
import type { Prompt, Usage } from '../contract.ts';
import { refuseTooLong } from '../converse/operations.ts';
import { validation } from '../errors.ts';
import type { FoundationModel } from '../models/catalogue.ts';
import { begun, gather } from '../pieces.ts';
import { onModel } from '../requirements.ts';
import { fateOf, namedTarget, type Room, targetOf } from '../room.ts';
import { forwardStream } from '../streams.ts';
import { countPrompt } from '../tokens.ts';
import { anthropic } from './anthropic.ts';
import { type Family, jsonBody } from './events.ts';
import { nova } from './nova.ts';

interface InvokeInput {
  readonly modelId: string;
  readonly body?: Uint8Array;
  readonly contentType?: string;
  readonly accept?: string;
  readonly serviceTier?: string;
  readonly guardrailIdentifier?: string;
  readonly guardrailVersion?: string;
}

const FAMILIES: Readonly<Record<FoundationModel['family'], Family>> = { claude: anthropic, nova };

const JSON_TYPE = 'application/json';

export function invokeOperations(room: Room): Readonly<Record<string, Operation>> {
  const { backend, clock } = room;
  const asked = ({ serviceTier, guardrailIdentifier, guardrailVersion }: InvokeInput) => ({
    serviceTier,
    ...(guardrailIdentifier && { guardrailConfig: { guardrailIdentifier, guardrailVersion } }),
  });

  function read({ modelId, body, contentType = JSON_TYPE, accept = JSON_TYPE }: InvokeInput) {
    const target = targetOf(room, modelId);
    for (const [name, type] of [
      ['content type', contentType],
      ['accept type', accept],
    ] as const) {
      if (!/^(?:application\/(?:json|octet-stream)|\*\/\*)(?:\s*;|$)/i.test(type)) {
        throw validation(`The provided ${name} is invalid or not supported for this model.`);
      }
    }
    const family = FAMILIES[target.model.family];
    const prompt: Prompt = family.read(jsonBody(body), target.model);
    refuseTooLong(prompt, target);
    return { target, family, prompt };
  }

  const invoke: Operation<InvokeInput> = {
    requires: (input) => onModel('bedrock:InvokeModel', asked(input), namedTarget(room, input.modelId), room),
    async handle(input, { signal, requestId }) {
      if (backend.kind === 'forward') {
        fateOf(room);
        return await backend.call('InvokeModel', input, signal);
      }
      const { target, family, prompt } = read(input);
      const fate = fateOf(room);
      const reply = await gather(fate.befall(backend.reply(prompt, target, signal), signal, 'whole'));
      const body = Buffer.from(JSON.stringify(family.write(reply, target.model, requestId)));
      return { body, contentType: JSON_TYPE };
    },
  };

  const invokeStream: Operation<InvokeInput> = {
    requires: (input) =>
      onModel('bedrock:InvokeModelWithResponseStream', asked(input), namedTarget(room, input.modelId), room),
    async handle(input, call) {
      if (backend.kind === 'forward') {
        return await forwardStream(room, backend, 'InvokeModelWithResponseStream', 'body', input, call.signal);
      }
      return { body: await chunks(input, call), contentType: JSON_TYPE };
    },
  };

  async function chunks(input: InvokeInput, { signal, requestId }: CallContext) {
    if (backend.kind === 'forward') throw new Error('a stream that is handed on is not made here');
    const startedAt = clock.now();
    const { target, family, prompt } = read(input);
    const fate = fateOf(room);
    const pieces = await begun(fate.befall(backend.reply(prompt, target, signal), signal, 'streamed'));
    const firstByteLatency = clock.now() - startedAt;
    const metrics = ({ inputTokens, outputTokens }: Usage) => ({
      inputTokenCount: inputTokens,
      outputTokenCount: outputTokens,
      invocationLatency: clock.now() - startedAt,
      firstByteLatency,
    });
    const inputTokens = countPrompt(prompt);
    return chunked(family.stream(pieces, { model: target.model, requestId, inputTokens, metrics }));
  }

  return { InvokeModel: invoke as Operation, InvokeModelWithResponseStream: invokeStream as Operation };
}

async function* chunked(events: AsyncIterable<object>): AsyncGenerator<{ chunk: { bytes: Uint8Array } }> {
  for await (const event of events) yield { chunk: { bytes: Buffer.from(JSON.stringify(event)) } };
}
