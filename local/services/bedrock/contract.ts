/**
 * What a model is asked and what it answers, whichever API the caller speaks (Converse, Anthropic's Messages, Nova's
 * schema) and whoever answers (the stand-in, an OpenAI-compatible server).
 */
import type { Json, JsonObject } from '../../kernel/service.ts';
import type { FaultSpec } from './faults/spec.ts';
import type { Target } from './models/target.ts';

/** Who answers. */
export type ModelSource =
  | { readonly kind: 'stand-in' }
  /** Real Bedrock, by the developer's own credentials. `endpoint` and `credentials` are for tests. */
  | {
      readonly kind: 'aws';
      readonly endpoint?: string;
      readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
    }
  /** A server with `/chat/completions` below this address; `model` is asked there, whatever id the caller names. */
  | { readonly kind: 'openai'; readonly url: string; readonly model?: string; readonly apiKey?: string };

export interface BedrockOptions {
  /** Default: the stand-in. */
  readonly source?: ModelSource;
  readonly faults?: FaultSpec;
}

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-use'; readonly id: string; readonly name: string; readonly input: Json }
  | { readonly kind: 'tool-result'; readonly id: string; readonly text: string; readonly failed: boolean }
  | {
      readonly kind: 'media';
      readonly media: 'image' | 'document' | 'video' | 'audio';
      /** e.g. `png`, `pdf`, `txt` */
      readonly format: string;
      readonly name?: string;
      readonly bytes?: Uint8Array;
    };

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly blocks: readonly Block[];
}

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON schema of its input. */
  readonly schema: JsonObject;
}

export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'any' }
  | { readonly kind: 'none' }
  | { readonly kind: 'tool'; readonly name: string };

export interface Prompt {
  readonly system: readonly string[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly maxTokens: number;
  readonly stopSequences: readonly string[];
  readonly temperature?: number;
  readonly topP?: number;
  /** The text of the answer is to be JSON of this schema. */
  readonly textSchema?: JsonObject;
}

export type StopReason = 'end_turn' | 'tool_use' | 'max_tokens' | 'stop_sequence' | 'content_filtered';

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** An answer as it comes: pieces of text and of tools' inputs, then exactly one `end`. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** Begins a block; the `tool-input` pieces after it are its input, JSON in parts. */
  | { readonly kind: 'tool-use'; readonly id: string; readonly name: string }
  | { readonly kind: 'tool-input'; readonly json: string }
  | { readonly kind: 'end'; readonly stopReason: StopReason; readonly stopSequence?: string; readonly usage: Usage };

/** A whole answer. */
export interface Reply {
  readonly blocks: readonly Extract<Block, { kind: 'text' | 'tool-use' }>[];
  readonly stopReason: StopReason;
  readonly stopSequence?: string;
  readonly usage: Usage;
}

export type Backend =
  /** Answers prompts; rejects, or ends its stream, with AwsError. */
  | {
      readonly kind: 'model';
      reply(prompt: Prompt, target: Target, signal: AbortSignal | undefined): AsyncIterable<Piece>;
    }
  /** Hands operations on as they came; resolves with the operation's output, rejects with AwsError. */
  | {
      readonly kind: 'forward';
      call(operation: string, input: unknown, signal: AbortSignal | undefined): Promise<unknown>;
      stop(): void;
    };
