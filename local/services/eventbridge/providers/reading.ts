/** What the providers of this room read alike. */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { Json } from '../../../kernel/service.ts';

/** A policy or pattern, which templates have as an object or as text. */
export function jsonText(reader: PropertyReader, name: string): string | undefined {
  const value = reader.properties[name];
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : reader.text(name);
}

/** An object as the API has it. Numbers and booleans may have come as text, which the operations refuse themselves. */
export const plain = <T>(value: Json | undefined): T | undefined => (value ?? undefined) as T | undefined;

export const tagsOf = (reader: PropertyReader): { Key: string; Value: string }[] => [
  ...reader.objects('Tags', (tag) => ({ Key: tag.requiredText('Key'), Value: tag.text('Value') ?? '' })),
];
