/** Converse's own structures, as far as they are read here; Nova's bodies have the same ones. */
import type { Json, JsonObject } from '../../../kernel/service.ts';

export interface ConverseInput {
  readonly modelId: string;
  readonly messages?: readonly ConverseMessage[];
  readonly system?: readonly { readonly text?: string }[];
  readonly inferenceConfig?: {
    readonly maxTokens?: number;
    readonly temperature?: number;
    readonly topP?: number;
    readonly stopSequences?: readonly string[];
  };
  readonly toolConfig?: ToolConfiguration;
  readonly guardrailConfig?: { readonly guardrailIdentifier?: string; readonly guardrailVersion?: string };
  readonly promptVariables?: JsonObject;
  readonly additionalModelRequestFields?: Json;
  readonly additionalModelResponseFieldPaths?: readonly string[];
  readonly outputConfig?: {
    readonly textFormat?: { readonly structure?: { readonly jsonSchema?: { readonly schema?: string } } };
  };
}

export interface ToolConfiguration {
  readonly tools?: readonly {
    readonly toolSpec?: {
      readonly name: string;
      readonly description?: string;
      readonly inputSchema?: { readonly json?: Json };
    };
  }[];
  readonly toolChoice?: {
    readonly auto?: object;
    readonly any?: object;
    readonly tool?: { readonly name: string };
  };
}

export interface ConverseMessage {
  readonly role: 'user' | 'assistant';
  readonly content: readonly ConverseBlock[];
}

interface Media {
  readonly format?: string;
  readonly name?: string;
  readonly source?: { readonly bytes?: Uint8Array; readonly text?: string; readonly s3Location?: object };
}

export interface ConverseBlock {
  readonly text?: string;
  readonly image?: Media;
  readonly document?: Media;
  readonly video?: Media;
  readonly audio?: Media;
  readonly toolUse?: { readonly toolUseId: string; readonly name: string; readonly input: Json };
  readonly toolResult?: {
    readonly toolUseId: string;
    readonly content: readonly { readonly text?: string; readonly json?: Json }[];
    readonly status?: 'success' | 'error';
  };
  readonly guardContent?: { readonly text?: { readonly text?: string } };
  readonly reasoningContent?: object;
  readonly cachePoint?: object;
}
