/**
 * What a target is sent of an event. Pure.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import { atPath, parsePath } from './json-path.ts';
import type { BusEvent, RuleTarget } from './records.ts';

interface About {
  readonly ruleArn: string;
  readonly ruleName: string;
}

const PLACEHOLDER = /<([\w.-]+)>/g;

const RESERVED: ReadonlySet<string> = new Set([
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event',
  'aws.events.event.json',
  'aws.events.event.ingestion-time',
]);

/** The text that goes to the target; undefined where the template does not become JSON. */
export function payloadOf(
  target: RuleTarget,
  event: Pick<BusEvent, 'text' | 'parsed' | 'ingestedAt'>,
  about: About,
): string | undefined {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(atPath(event.parsed, target.InputPath) ?? null);
  const { InputTransformer } = target;
  if (!InputTransformer) return event.text;
  const { InputPathsMap = {}, InputTemplate = '' } = InputTransformer;
  const value = (name: string): unknown => {
    if (RESERVED.has(name)) return reserved(name, event, about);
    return Object.hasOwn(InputPathsMap, name) ? atPath(event.parsed, InputPathsMap[name]!) : undefined;
  };
  const filled = fill(InputTemplate, value);
  return /^\s*[{[]/.test(InputTemplate) && !isJson(filled) ? undefined : filled;
}

/** What is wrong with a target's transformer; undefined when nothing is. */
export function transformerProblem({ Id, InputTransformer }: RuleTarget): string | undefined {
  if (!InputTransformer) return undefined;
  const { InputPathsMap = {}, InputTemplate = '' } = InputTransformer;
  for (const [name, path] of Object.entries(InputPathsMap)) {
    const invalid = `Invalid InputTransformer for target ${Id} :`;
    if (name.startsWith('AWS') || name.startsWith('aws.'))
      return `${invalid} InputPathsMap must not have the reserved name ${name}`;
    if (!parsePath(path)) return `${invalid} Invalid JSON path ${path}`;
  }
  for (const [, name = ''] of InputTemplate.matchAll(PLACEHOLDER)) {
    if (!RESERVED.has(name) && !Object.hasOwn(InputPathsMap, name)) {
      return `InputTemplate for target ${Id} contains invalid placeholder ${name}.`;
    }
  }
  return undefined;
}

function reserved(
  name: string,
  { text, parsed, ingestedAt }: Pick<BusEvent, 'text' | 'parsed' | 'ingestedAt'>,
  about: About,
): unknown {
  switch (name) {
    case 'aws.events.rule-arn':
      return about.ruleArn;
    case 'aws.events.rule-name':
      return about.ruleName;
    case 'aws.events.event.ingestion-time':
      return new Date(ingestedAt).toISOString();
    case 'aws.events.event': {
      const { detail: _, 'detail-type': detailType, ...rest } = parsed;
      return { ...rest, detailType };
    }
    default:
      return JSON.parse(text);
  }
}

/**
 * Outside quotes a value stands as JSON. Inside them a text stands as it is, escaped, and anything else without its
 * quotes; in a JSON document with them, which it mostly does not survive: AWS then sends nothing.
 */
function fill(template: string, lookUp: (name: string) => unknown): string {
  const isDocument = /^\s*[{[]/.test(template);
  const isJsonTemplate = isDocument || /^\s*"/.test(template);
  let filled = '';
  let last = 0;
  let quoted = false;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const between = template.slice(last, match.index);
    quoted = isJsonTemplate && endsQuoted(between, quoted);
    const value = lookUp(match[1]!);
    const isJson = isDocument && typeof value === 'object';
    filled += between + (isJson ? JSON.stringify(value) : written(value, quoted || !isJsonTemplate, isJsonTemplate));
    last = match.index + match[0].length;
  }
  return filled + template.slice(last);
}

function endsQuoted(text: string, before: boolean): boolean {
  let quoted = before;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') quoted = !quoted;
  }
  return quoted;
}

function written(value: unknown, asText: boolean, escapes: boolean): string {
  if (value === undefined) return asText ? '' : '""';
  if (!asText) return JSON.stringify(value);
  if (typeof value === 'string') return escapes ? JSON.stringify(value).slice(1, -1) : value;
  return JSON.stringify(value).replaceAll(/\\?"/g, '');
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
