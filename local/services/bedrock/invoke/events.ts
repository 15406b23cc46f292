/** Bodies of InvokeModel: JSON in bytes, whole or chunk by chunk. */
import type { JsonObject } from '../../../kernel/service.ts';
import type { Piece, Prompt, Reply, Usage } from '../contract.ts';
import { validation } from '../errors.ts';
import type { FoundationModel } from '../models/catalogue.ts';

/** How a family of models writes. */
export interface Family {
  /** @throws AwsError ValidationException */
  read(body: JsonObject, model: FoundationModel): Prompt;
  write(reply: Reply, model: FoundationModel, requestId: string): object;
  /** What each chunk says; the last one has Bedrock's own figures too. */
  stream(pieces: AsyncIterable<Piece>, context: StreamContext): AsyncIterable<object>;
}

export interface StreamContext {
  readonly model: FoundationModel;
  readonly requestId: string;
  /** Of the prompt, as counted here: some say it before the model does. */
  readonly inputTokens: number;
  readonly metrics: (usage: Usage) => object;
}

export function jsonBody(bytes: Uint8Array | undefined): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes ?? new Uint8Array()));
  } catch {
    throw malformed('invalid json');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw malformed('#: expected type: JSONObject');
  }
  return parsed as JsonObject;
}

/** What Bedrock says of a body that is not what the model's schema has. */
export const malformed = (what: string) =>
  validation(`Malformed input request: ${what}, please reformat your input and try again.`);
