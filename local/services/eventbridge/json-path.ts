/** The JSON paths of EventBridge: names, quoted names, positions and `*`, nothing more. */

/** Whatever is below. */
const EVERY = Symbol('*');

type Step = string | number | typeof EVERY;

const STEP = /\.([\w/-]+)|\.?\['((?:[^'\\]|\\.)*)'\]|\.?\["((?:[^"\\]|\\.)*)"\]|\[(\d{1,9})\]|(\.\*|\.?\[\*\])/y;

/** Undefined for what is no path. */
export function parsePath(text: string): readonly Step[] | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [, name, single, double, index, every] = match;
    if (every !== undefined) steps.push(EVERY);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'));
  }
  return steps;
}

/** What a path leads to, a list where it has a `*`; undefined when it leads nowhere, or is none. */
export function atPath(value: unknown, path: string): unknown {
  const steps = parsePath(path);
  if (!steps) return undefined;
  let found: readonly unknown[] = [value];
  for (const step of steps) found = found.flatMap((one) => below(one, step));
  return steps.includes(EVERY) ? found : found[0];
}

function below(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step === EVERY) return Object.values(value);
  return Object.hasOwn(value, step) ? [(value as Record<string | number, unknown>)[step]] : [];
}
