/**
 * A model on Amazon Bedrock, asked by Converse for one call of one tool: whole, or piece by piece. What goes wrong for a
 * moment is tried again, as long as there is time.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html
 */
import type {
  BedrockRuntimeClient,
  ConverseStreamCommandInput,
  ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { tracedClient } from './tracing.ts';

/** The tool is the form of the answer. */
export interface Question {
  readonly system: string;
  readonly user: string;
  readonly tool: { readonly name: string; readonly description: string; readonly schema: object };
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface Answer {
  /** What the tool was called with, as the model wrote it: nobody has looked at it yet. */
  readonly input: unknown;
  readonly stopReason: string;
  readonly usage: Usage;
  /** Calls until one was answered. */
  readonly attempts: number;
  /** Until the first piece came, ms, with everything that was tried before. */
  readonly firstPieceMs: number;
}

export type Piece =
  /** A part of the tool's input, JSON. */
  { readonly kind: 'input'; readonly json: string } | { readonly kind: 'answer'; readonly answer: Answer };

/** No model answers: it is overloaded, away, or not within reach. Nothing was said yet; later it may work. */
export class ModelUnavailableError extends Error {
  override readonly name = 'ModelUnavailableError';
  readonly attempts: number;
  constructor(message: string, attempts: number, cause: unknown) {
    super(message, { cause });
    this.attempts = attempts;
  }
}

/** The call itself is wrong: no permission, no such model, a request that it does not take. Trying again is no use. */
export class ModelRefusedError extends Error {
  override readonly name = 'ModelRefusedError';
}

/** The answer broke off after it had begun. */
export class ModelBrokeOffError extends Error {
  override readonly name = 'ModelBrokeOffError';
}

export interface Model {
  /**
   * The pieces, then the answer; ends the request when nobody asks for more.
   * @param remainingMs until somebody needs the answer
   * @throws ModelUnavailableError, ModelRefusedError before the first piece; ModelBrokeOffError after it
   */
  stream(question: Question, remainingMs: () => number): AsyncIterable<Piece>;
  /** All of it. Rejects as `stream` does. */
  ask(question: Question, remainingMs: () => number): Promise<Answer>;
}

/** The part of the SDK's client that is used, so that tests can stand in for it. */
export type Sender = (
  input: ConverseStreamCommandInput,
  signal: AbortSignal,
) => Promise<AsyncIterable<ConverseStreamOutput> | undefined>;

export interface ModelOptions {
  /** Id or ARN of a model or an inference profile. */
  readonly modelId: string;
  /** Of an answer. */
  readonly maximumTokens: number;
  readonly send?: Sender;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly random?: () => number;
  readonly now?: () => number;
}

/** Back-off: half a second, doubled, four at most; each with full jitter. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 4_000;
/** Less time than this is not enough for another try. */
const LEAST_TRY_MS = 2_000;

const AGAIN = new Set([
  'ThrottlingException',
  'ServiceUnavailableException',
  'InternalServerException',
  'ModelNotReadyException',
  'ModelTimeoutException',
  'ModelErrorException',
  'ServiceQuotaExceededException',
  'TimeoutError',
  'AbortError',
]);

export function createModel(options: ModelOptions): Model {
  const {
    modelId,
    maximumTokens,
    send = lazyClient(),
    sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random = Math.random,
    now = Date.now,
  } = options;

  /** The first piece is waited for: until then everything may be tried again. */
  async function begin(question: Question, remainingMs: () => number) {
    const input = commandInput(question, modelId, maximumTokens);
    for (let attempts = 1; ; attempts += 1) {
      const abort = new AbortController();
      const deadline = setTimeout(() => abort.abort(), Math.max(1, remainingMs()));
      try {
        const events = (await send(input, abort.signal))?.[Symbol.asyncIterator]();
        if (!events) throw new Error('the answer has no stream');
        // messageStart says nothing yet, and comes before the model does.
        let first = await events.next();
        if (!first.done && first.value.messageStart) first = await events.next();
        return { events, first, attempts, abort, deadline };
      } catch (error) {
        clearTimeout(deadline);
        abort.abort();
        if (!mayTryAgain(error)) {
          throw new ModelRefusedError(`${nameOf(error)}: the model was not asked`, { cause: error });
        }
        const wait = random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
        if (remainingMs() - wait < LEAST_TRY_MS) {
          throw new ModelUnavailableError(`${nameOf(error)}: no answer in ${attempts} tries`, attempts, error);
        }
        await sleep(wait);
      }
    }
  }

  async function* stream(question: Question, remainingMs: () => number): AsyncGenerator<Piece> {
    const startedAt = now();
    const { events, first, attempts, abort, deadline } = await begin(question, remainingMs);
    const firstPieceMs = now() - startedAt;
    let json = '';
    let stopReason = '';
    let usage: Usage | undefined;
    try {
      for (let next = first; !next.done; next = await events.next()) {
        const event = next.value;
        const part = event.contentBlockDelta?.delta?.toolUse?.input;
        if (part) {
          json += part;
          yield { kind: 'input', json: part };
        }
        stopReason = event.messageStop?.stopReason ?? stopReason;
        if (event.metadata?.usage) {
          const { inputTokens = 0, outputTokens = 0 } = event.metadata.usage;
          usage = { inputTokens, outputTokens };
        }
      }
    } catch (error) {
      throw new ModelBrokeOffError(`${nameOf(error)}: the answer broke off`, { cause: error });
    } finally {
      clearTimeout(deadline);
      abort.abort();
    }
    if (stopReason === '' || !usage) throw new ModelBrokeOffError('The answer ended before it was complete');
    yield { kind: 'answer', answer: { input: parsed(json), stopReason, usage, attempts, firstPieceMs } };
  }

  return {
    stream,
    async ask(question, remainingMs) {
      for await (const piece of stream(question, remainingMs)) if (piece.kind === 'answer') return piece.answer;
      throw new ModelBrokeOffError('The answer ended before it was complete');
    },
  };
}

function commandInput(
  { system, user, tool }: Question,
  modelId: string,
  maxTokens: number,
): ConverseStreamCommandInput {
  const { name, description, schema } = tool;
  return {
    modelId,
    system: [{ text: system }],
    messages: [{ role: 'user', content: [{ text: user }] }],
    inferenceConfig: { maxTokens },
    toolConfig: {
      tools: [{ toolSpec: { name, description, inputSchema: { json: schema as never } } }],
      toolChoice: { tool: { name } },
    },
    // Without it these models write a whole field before they send any of it.
    // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-tool-use.html
    ...(/\.claude-(?:haiku|sonnet|opus)-4-/.test(modelId) && {
      additionalModelRequestFields: { anthropic_beta: ['fine-grained-tool-streaming-2025-05-14'] },
    }),
  };
}

/** Made with the first call: until then the client costs nothing. It tries once; trying again is for `begin` to decide. */
function lazyClient(): Sender {
  let opened:
    | Promise<{ client: BedrockRuntimeClient; sdk: typeof import('@aws-sdk/client-bedrock-runtime') }>
    | undefined;
  const open = async () => {
    const [sdk, { NodeHttpHandler }] = await Promise.all([
      import('@aws-sdk/client-bedrock-runtime'),
      import('@smithy/node-http-handler'),
    ]);
    // HTTP/1.1: a connection of HTTP/2 that died while the environment was frozen is noticed only when it is used.
    const requestHandler = new NodeHttpHandler({ connectionTimeout: 2_000, socketTimeout: 30_000 });
    return { sdk, client: tracedClient(new sdk.BedrockRuntimeClient({ maxAttempts: 1, requestHandler })) };
  };
  return async (input, abortSignal) => {
    opened ??= open();
    const { sdk, client } = await opened;
    return (await client.send(new sdk.ConverseStreamCommand(input), { abortSignal })).stream;
  };
}

function mayTryAgain(error: unknown): boolean {
  const { name, $metadata, code } = (error ?? {}) as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  if (AGAIN.has(String(name))) return true;
  // What has no status never got there: a connection refused, reset, or not looked up.
  const status = $metadata?.httpStatusCode;
  return status === undefined ? code !== undefined : status >= 500 || status === 429;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/** What was cut off at the most tokens is no JSON. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
