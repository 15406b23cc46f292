/** Values as messages quote them: what Java's `toString` makes of them. */
import type { ShapeRules } from './table.ts';

/** @param at the place of the value's shape, when it has rules */
export function javaText(value: unknown, shapes: readonly ShapeRules[], at: number | undefined): string {
  const shape = at === undefined ? undefined : shapes[at];
  if (shape?.sensitive) return '***';
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) {
    const member = shape?.kind === 'list' ? shape.member : undefined;
    return `[${value.map((item) => javaText(item, shapes, member)).join(', ')}]`;
  }
  if (value instanceof Uint8Array) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (typeof value === 'number') return numberText(value, shape?.kind === 'number' && shape.double === true);
  if (typeof value !== 'object' || Object.prototype.toString.call(value) === '[object Date]') return String(value);
  if (shape?.kind === 'structure') {
    const members = Object.entries(value).map(
      ([name, item]) => `${lowerFirst(name)}=${javaText(item, shapes, shape.members[name])}`,
    );
    return `${shape.name}(${members.join(', ')})`;
  }
  const item = shape?.kind === 'map' ? shape.value : undefined;
  return `{${Object.entries(value)
    .map(([key, entry]) => `${key}=${javaText(entry, shapes, item)}`)
    .join(', ')}}`;
}

export function numberText(value: number, double: boolean): string {
  return double && Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Members are named as Java names fields. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
