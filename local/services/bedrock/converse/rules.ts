/**
 * What Converse refuses of a conversation, in its words: roles in turn, nothing blank, tool results for exactly the tool
 * uses before them.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
 */
import { validation } from '../errors.ts';
import type { FoundationModel } from '../models/catalogue.ts';
import type { ConverseBlock, ConverseInput, ConverseMessage } from './types.ts';

/** @throws AwsError ValidationException */
export function checkConversation(input: ConverseInput, model: FoundationModel): void {
  const messages = input.messages ?? [];
  messages.forEach(checkContent);
  checkRoles(messages);
  (input.system ?? []).forEach(({ text }, index) => {
    if (text?.trim() === '') throw blank(`SystemContentBlock object at system.${index}`);
  });
  checkTools(input, model);
  for (const index of messages.keys()) checkResults(messages, index);
  checkInference(input, model);
}

function checkRoles(messages: readonly ConverseMessage[]): void {
  if (messages[0]?.role !== 'user') {
    throw validation(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    );
  }
  if (messages.some(({ role }, index) => role === messages[index - 1]?.role)) {
    throw validation(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
    );
  }
}

function checkContent({ content }: ConverseMessage, message: number): void {
  if (content.length === 0) {
    throw validation(
      `The content field in the Message object at messages.${message} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  }
  content.forEach((block, index) => {
    if (block.text?.trim() === '') throw blank(`ContentBlock object at messages.${message}.content.${index}`);
    if (Object.keys(block).length === 0) {
      throw validation(
        `The ContentBlock object at messages.${message}.content.${index} must set one of the following keys: text, image, toolUse, toolResult, document, video, guardContent, cachePoint, reasoningContent, citationsContent.`,
      );
    }
  });
}

const blank = (where: string) =>
  validation(`The text field in the ${where} is blank. Add text to the text field, and try again.`);

function checkTools({ toolConfig, messages = [] }: ConverseInput, model: FoundationModel): void {
  const usesTools = messages.some(({ content }) => content.some((block) => block.toolUse || block.toolResult));
  if (!toolConfig) {
    if (usesTools) {
      throw validation('The toolConfig field must be defined when using toolUse and toolResult content blocks.');
    }
    return;
  }
  const names = (toolConfig.tools ?? []).flatMap(({ toolSpec }) => (toolSpec ? [toolSpec.name] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw validation(`The toolConfig field contains multiple tools with the name ${twice}. Tool names must be unique.`);
  }
  (toolConfig.tools ?? []).forEach((tool, index) => {
    const { toolSpec } = tool;
    if (Object.values(tool).every((member) => member === undefined)) {
      throw validation(
        `The Tool object at toolConfig.tools.${index} must set one of the following keys: toolSpec, systemTool, cachePoint.`,
      );
    }
    const schema = toolSpec?.inputSchema?.json;
    if (!toolSpec) return;
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema) || schema['type'] !== 'object') {
      throw validation(
        `The value at toolConfig.tools.${index}.toolSpec.inputSchema.json.type must be one of the following: object.`,
      );
    }
  });
  const { tool, any } = toolConfig.toolChoice ?? {};
  if (tool && !names.includes(tool.name)) {
    throw validation(
      `The tool name ${tool.name} in toolConfig.toolChoice.tool does not match any of the tools in toolConfig.tools.`,
    );
  }
  if ((tool || any) && model.refusesForcedTools) {
    throw validation(
      'The model returned the following errors: tool_choice: type tool and any are not supported for this model',
    );
  }
}

function checkResults(messages: readonly ConverseMessage[], index: number): void {
  const { role, content } = messages[index]!;
  if (role !== 'user') return;
  const asked = idsOf(messages[index - 1]?.content, ({ toolUse }) => toolUse?.toolUseId);
  const answered = idsOf(content, ({ toolResult }) => toolResult?.toolUseId);
  if (answered.length > asked.length) {
    throw validation(
      `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
    );
  }
  const missing = asked.filter((id) => !answered.includes(id));
  if (missing.length > 0) {
    throw validation(
      `Expected toolResult blocks at messages.${index}.content for the following Ids: ${missing.join(', ')}`,
    );
  }
}

function idsOf(
  content: readonly ConverseBlock[] | undefined,
  idOf: (block: ConverseBlock) => string | undefined,
): string[] {
  return (content ?? []).flatMap((block) => idOf(block) ?? []);
}

function checkInference({ inferenceConfig = {} }: ConverseInput, model: FoundationModel): void {
  const { maxTokens, temperature, topP } = inferenceConfig;
  if (maxTokens !== undefined && maxTokens > model.maxOutput) {
    throw validation(
      `The maximum tokens you requested exceeds the model limit of ${model.maxOutput}. Try again with a maximum tokens value that is lower than ${model.maxOutput}.`,
    );
  }
  if (!model.refusesSampling) return;
  for (const [name, value] of [
    ['temperature', temperature],
    ['top_p', topP],
  ]) {
    if (value !== undefined) {
      throw validation(`The model returned the following errors: \`${name}\` is deprecated for this model.`);
    }
  }
}
