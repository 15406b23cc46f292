/** Takes the advice of a log line by its word: finds the edits in it, and makes them in the template. */
import { type Json, type JsonObject, parseDocument } from '../../local/template/index.ts';

/** One edit as the log says it; `yaml` is what it says to paste. */
export interface Advice {
  readonly verb: 'add to' | 'set' | 'remove';
  readonly place: readonly string[];
  readonly yaml: string;
}

/** `add to Role.Policies (template.yaml:12):`, alone on its line or at the end of a reason. */
const HEAD = /(?:^|; )(add to|set|remove) ([A-Za-z0-9]+(?:\.[^\s()]+?)?)(?: \([^()]+:\d+\))?:?$/;

/** Every edit that a message tells, in order; none when it gives no advice. */
export function adviceIn(message: string): readonly Advice[] {
  const found: { verb: string; place: string; lines: string[] }[] = [];
  for (const line of message.split('\n')) {
    const head = HEAD.exec(line);
    if (head) found.push({ verb: head[1]!, place: head[2]!, lines: [] });
    else if (line.startsWith('  ') || line === '') found.at(-1)?.lines.push(line);
    else if (found.length > 0) break;
  }
  return found.map(({ verb, place, lines }) => ({
    verb: verb as Advice['verb'],
    place: place.split('.'),
    yaml: lines.join('\n'),
  }));
}

/**
 * The template with the advice taken, that of several messages in their order, as JSON, which is one of the two languages
 * of templates.
 * @param read of the files that it includes: they become part of it
 */
export function mend(
  text: string,
  messages: string | readonly string[],
  read: (file: string) => string = () => '{}',
): string {
  const advice = [messages].flat().flatMap((message) => {
    const one = adviceIn(message);
    if (one.length === 0) throw new Error(`no advice in: ${message}`);
    return one;
  });
  const template = structuredClone(treeOf(text, read));
  for (const one of advice) take(template['Resources'] as JsonObject, one);
  return JSON.stringify(template, undefined, 1);
}

function take(resources: JsonObject, { verb, place, yaml }: Advice): void {
  const [logicalId = '', ...path] = place;
  const pasted = verb === 'remove' ? null : (treeOf(`Pasted:\n${yaml}`)['Pasted'] as Json);
  if (verb === 'add to' && logicalId === 'Resources' && path.length === 0) {
    for (const [added, resource] of Object.entries(pasted as JsonObject)) {
      if (Object.hasOwn(resources, added)) throw new Error(`there is a ${added} already`);
      resources[added] = resource;
    }
    return;
  }
  const resource = resources[logicalId] as JsonObject | undefined;
  if (!resource) throw new Error(`no resource ${logicalId}`);
  resource['Properties'] ??= {};
  const key = path.at(-1);
  if (key === undefined) throw new Error(`no place below ${logicalId}`);
  const container = path
    .slice(0, -1)
    .reduce((at, step) => below(at, step, place), resource['Properties'] as JsonObject);
  if (verb === 'set') container[key] = pasted;
  else if (verb === 'remove') remove(container, key);
  else {
    const before = container[key];
    const list = before === undefined ? [] : Array.isArray(before) ? before : [before];
    container[key] = [...list, ...(pasted as Json[])];
  }
}

/** Lists are gone through by their numbers; a map that is not there is made. */
function below(at: JsonObject, step: string, place: readonly string[]): JsonObject {
  at[step] ??= {};
  const next = at[step];
  if (typeof next !== 'object' || next === null) throw new Error(`nothing below ${place.join('.')}`);
  return next as JsonObject;
}

function remove(container: JsonObject | Json[], key: string): void {
  if (!Object.hasOwn(container, key)) throw new Error(`nothing to remove: ${key}`);
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
}

function treeOf(text: string, read?: (file: string) => string): JsonObject {
  return parseDocument(text, 'template.yaml', { read }).tree;
}
