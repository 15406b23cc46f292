import { invalidValue } from '../errors.ts';

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

export type Dimensions = Readonly<Record<string, string>>;

/** Throws InvalidParameterValue for a name that comes twice. */
export function dimensionsOf(list: readonly Dimension[] = []): Dimensions {
  const read: Record<string, string> = {};
  for (const { Name, Value } of list) {
    if (Object.hasOwn(read, Name)) throw invalidValue(`No dimension may be given twice: ${Name}.`);
    read[Name] = Value;
  }
  return read;
}

export const listOf = (dimensions: Dimensions): Dimension[] =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
