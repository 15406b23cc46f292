/**
 * A server that speaks OpenAI's chat completions, such as Ollama, llama.cpp or vLLM. Its refusals are told in AWS's
 * words. https://platform.openai.com/docs/api-reference/chat
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Backend, ModelSource, Piece, Prompt, StopReason, Usage } from '../contract.ts';
import { modelError, notReady, streamError, throttled, timedOut, unavailable, validation } from '../errors.ts';
import type { Target } from '../models/target.ts';
import { countPrompt, countTokens } from '../tokens.ts';
import { completionRequest } from './openai-messages.ts';
import { serverSentData } from './server-sent-data.ts';

interface Chunk {
  readonly choices?: readonly {
    readonly delta?: Delta;
    /** Of servers that do not stream. */
    readonly message?: Delta;
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null;
  readonly error?: { readonly message?: string } | string;
}

interface Delta {
  readonly content?: string | null;
  readonly tool_calls?: readonly {
    readonly index?: number;
    readonly id?: string;
    readonly function?: { readonly name?: string; readonly arguments?: string };
  }[];
}

type Source = Extract<ModelSource, { kind: 'openai' }>;

export function openAiBackend(source: Source): Extract<Backend, { kind: 'model' }> {
  const headers = {
    'content-type': 'application/json',
    ...(source.apiKey && { authorization: `Bearer ${source.apiKey}` }),
  };
  let chosen: Promise<string | undefined> | undefined;

  /** The one that was named, else the first that the server has. */
  async function modelFor({ model }: Target): Promise<string> {
    if (source.model) return source.model;
    chosen ??= firstModel();
    const found = await chosen;
    // A server that is not up yet may have models later.
    if (found === undefined) chosen = undefined;
    return found ?? model.id;
  }

  async function firstModel(): Promise<string | undefined> {
    try {
      const response = await fetch(`${source.url}/models`, { headers, signal: AbortSignal.timeout(3_000) });
      const { data } = (await response.json()) as { data?: readonly { id?: unknown }[] };
      return typeof data?.[0]?.id === 'string' ? data[0].id : undefined;
    } catch {
      return undefined;
    }
  }

  async function* reply(prompt: Prompt, target: Target, signal: AbortSignal | undefined): AsyncGenerator<Piece> {
    const body = JSON.stringify(completionRequest(prompt, await modelFor(target)));
    let response: Response;
    try {
      response = await fetch(`${source.url}/chat/completions`, { method: 'POST', headers, body, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw unavailable(`${source.url} does not answer: ${reasonOf(error)}`);
    }
    if (!response.ok) throw refusal(response.status, await response.text());
    yield* piecesOf(chunksOf(response, signal), prompt);
  }

  return { kind: 'model', reply };
}

async function* chunksOf(response: Response, signal: AbortSignal | undefined): AsyncGenerator<Chunk> {
  try {
    if (!response.headers.get('content-type')?.includes('text/event-stream')) {
      yield (await response.json()) as Chunk;
      return;
    }
    for await (const data of serverSentData(response.body as AsyncIterable<Uint8Array>))
      yield JSON.parse(data) as Chunk;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw streamError(`the server's answer broke off: ${reasonOf(error)}`);
  }
}

async function* piecesOf(chunks: AsyncIterable<Chunk>, prompt: Prompt): AsyncGenerator<Piece> {
  let finish: string | undefined;
  let usage: Chunk['usage'];
  let said = '';
  let call: number | undefined;
  for await (const chunk of chunks) {
    if (chunk.error) throw streamError(typeof chunk.error === 'string' ? chunk.error : String(chunk.error.message));
    usage = chunk.usage ?? usage;
    const [choice] = chunk.choices ?? [];
    const { content, tool_calls: calls = [] } = choice?.delta ?? choice?.message ?? {};
    if (content) {
      said += content;
      yield { kind: 'text', text: content };
    }
    for (const [at, { index = at, id, function: called }] of calls.entries()) {
      if (index !== call || call === undefined) {
        call = index;
        yield { kind: 'tool-use', id: toolUseId(id), name: called?.name ?? '' };
      }
      if (!called?.arguments) continue;
      said += called.arguments;
      yield { kind: 'tool-input', json: called.arguments };
    }
    finish = choice?.finish_reason ?? finish;
  }
  if (finish === undefined) throw streamError("the server's answer ended before it was complete");
  yield { kind: 'end', stopReason: stopReasonOf(finish, call !== undefined), usage: usageOf(usage, prompt, said) };
}

function stopReasonOf(finish: string, calledTools: boolean): StopReason {
  if (finish === 'length') return 'max_tokens';
  if (finish === 'content_filter') return 'content_filtered';
  // Servers say `stop` of a call that was asked for by name.
  return calledTools || finish === 'tool_calls' ? 'tool_use' : 'end_turn';
}

/** As counted here, where the server does not count. */
function usageOf(usage: Chunk['usage'], prompt: Prompt, said: string): Usage {
  return {
    inputTokens: usage?.prompt_tokens ?? countPrompt(prompt),
    outputTokens: usage?.completion_tokens ?? countTokens(said),
  };
}

/** Of the form that AWS's have. */
function toolUseId(id: string | undefined): string {
  return id && /^[\w-]{1,64}$/.test(id) ? id : `tooluse_${randomUUID().replaceAll('-', '').slice(0, 22)}`;
}

function refusal(status: number, body: string): AwsError {
  const message = messageIn(body);
  switch (status) {
    case 401:
    case 403:
      return new AwsError('AccessDeniedException', `The server does not let this in: ${message}`, { statusCode: 403 });
    case 408:
    case 504:
      return timedOut();
    case 425:
      return notReady();
    case 429:
      return throttled();
    case 503:
      return /load|ready|start/i.test(message) ? notReady() : unavailable();
    default:
      return status < 500
        ? validation(`The model returned the following errors: ${message}`)
        : modelError(`The model returned the following errors: ${message}`, status);
  }
}

function messageIn(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as { error?: { message?: string } | string; message?: string };
    return (typeof error === 'string' ? error : error?.message) ?? message ?? body.slice(0, 500);
  } catch {
    return body.slice(0, 500);
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}
