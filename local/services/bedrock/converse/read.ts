/** Converse's input → what a model is asked. */
import type { JsonObject } from '../../../kernel/service.ts';
import type { Block, Prompt, Tool, ToolChoice } from '../contract.ts';
import { validation } from '../errors.ts';
import type { FoundationModel } from '../models/catalogue.ts';
import type { ConverseBlock, ConverseInput, ToolConfiguration } from './types.ts';

/** Of a conversation that `checkConversation` has let through. */
export function promptOf(input: ConverseInput, model: FoundationModel): Prompt {
  const { system = [], messages = [], inferenceConfig = {}, toolConfig } = input;
  return {
    system: system.flatMap(({ text }) => (text === undefined ? [] : [text])),
    turns: messages.map(({ role, content }) => ({ role, blocks: content.flatMap(blockOf) })),
    tools: toolsOf(toolConfig),
    toolChoice: choiceOf(toolConfig),
    maxTokens: inferenceConfig.maxTokens ?? model.maxOutput,
    stopSequences: inferenceConfig.stopSequences ?? [],
    temperature: inferenceConfig.temperature,
    topP: inferenceConfig.topP,
    textSchema: textSchemaOf(input),
  };
}

const MEDIA = ['image', 'document', 'video', 'audio'] as const;

/** Reasoning and cache points say nothing that a stand-in or another server could use. */
function blockOf(block: ConverseBlock): Block[] {
  if (block.text !== undefined) return [{ kind: 'text', text: block.text }];
  if (block.guardContent?.text?.text !== undefined) return [{ kind: 'text', text: block.guardContent.text.text }];
  if (block.toolUse) {
    const { toolUseId, name, input } = block.toolUse;
    return [{ kind: 'tool-use', id: toolUseId, name, input }];
  }
  if (block.toolResult) {
    const { toolUseId, content, status } = block.toolResult;
    const text = content
      .map((part) => part.text ?? (part.json === undefined ? '' : JSON.stringify(part.json)))
      .join('\n');
    return [{ kind: 'tool-result', id: toolUseId, text, failed: status === 'error' }];
  }
  for (const media of MEDIA) {
    const { format = '', name, source } = block[media] ?? {};
    if (!block[media]) continue;
    if (source?.text !== undefined) return [{ kind: 'text', text: source.text }];
    return [{ kind: 'media', media, format, name, bytes: source?.bytes }];
  }
  return [];
}

function toolsOf(toolConfig: ToolConfiguration | undefined): Tool[] {
  return (toolConfig?.tools ?? []).flatMap(({ toolSpec }) =>
    toolSpec
      ? [{ name: toolSpec.name, description: toolSpec.description, schema: toolSpec.inputSchema?.json as JsonObject }]
      : [],
  );
}

function choiceOf(toolConfig: ToolConfiguration | undefined): ToolChoice {
  if (!toolConfig?.tools?.length) return { kind: 'none' };
  const { any, tool } = toolConfig.toolChoice ?? {};
  if (tool) return { kind: 'tool', name: tool.name };
  return { kind: any ? 'any' : 'auto' };
}

function textSchemaOf({ outputConfig }: ConverseInput): JsonObject | undefined {
  const schema = outputConfig?.textFormat?.structure?.jsonSchema?.schema;
  if (schema === undefined) return undefined;
  try {
    return JSON.parse(schema) as JsonObject;
  } catch {
    throw validation('The schema in outputConfig.textFormat.structure.jsonSchema is not valid JSON.');
  }
}
