/** The JSON paths of EventBridge: names, quoted names and positions, nothing more. */

type Step = string | number;

const STEP = /\.([\w-]+)|\.?\['((?:[^'\\]|\\.)*)'\]|\.?\["((?:[^"\\]|\\.)*)"\]|\[(\d{1,9})\]/y;

/** Undefined for what is no path. */
export function parsePath(text: string): readonly Step[] | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [, name, single, double, index] = match;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'));
  }
  return steps;
}

/** What a path leads to; undefined when it leads nowhere, or is none. */
export function atPath(value: unknown, path: string): unknown {
  let found: unknown = value;
  for (const step of parsePath(path) ?? [Number.NaN]) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<Step, unknown>)[step];
  }
  return found;
}
