/** Which members an input lacks although its model requires them, named as AWS names them. */
import type { Member, Shape } from './shape.ts';

/** Paths such as `secretId` or `filters.1.member.key`, outermost first. */
export function missingMembers(shape: Shape, value: unknown, path = ''): string[] {
  switch (shape.kind) {
    case 'structure':
      return ofMembers(shape.members, value as Record<string, unknown>, path);
    case 'list':
      if (!isNested(shape.member)) return [];
      return (value as unknown[]).flatMap((item, index) =>
        item == null ? [] : missingMembers(shape.member.shape, item, `${path}.${index + 1}.member`),
      );
    case 'map':
      if (!isNested(shape.value)) return [];
      return Object.entries(value as Record<string, unknown>).flatMap(([key, item]) =>
        item == null ? [] : missingMembers(shape.value.shape, item, `${path}.${key}.member`),
      );
    default:
      return [];
  }
}

const NOTHING: string[] = [];

/** Of dozens of members most are neither there nor required: what is asked of every call makes nothing for them. */
function ofMembers(members: readonly Member[], value: Record<string, unknown>, path: string): string[] {
  let found = NOTHING;
  for (const member of members) {
    const missing = missingIn(member, value, path);
    if (missing.length > 0) found = [...found, ...missing];
  }
  return found;
}

function missingIn(member: Member, value: Record<string, unknown>, path: string): string[] {
  const item = value[member.name];
  if (item == null ? !member.required : !isNested(member)) return NOTHING;
  const name = member.name.charAt(0).toLowerCase() + member.name.slice(1);
  const here = path ? `${path}.${name}` : name;
  if (item == null) return [here];
  return missingMembers(member.shape, item, here);
}

function isNested(member: Member): boolean {
  if (member.traits.streaming) return false;
  const { kind } = member.shape;
  return kind === 'structure' || kind === 'list' || kind === 'map';
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html: the sentence every AWS service has in common. */
export function missingMessage(paths: readonly string[]): string {
  const errors = paths.map((path) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`);
  return `${errors.length} validation error${errors.length === 1 ? '' : 's'} detected: ${errors.join('; ')}`;
}
