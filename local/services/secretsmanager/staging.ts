/**
 * Staging labels: names that move from version to version of a secret. Pure.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
 */
export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
/** Of the version that a rotation is about to make current. */
export const PENDING = 'AWSPENDING';

/** Labels by version id; a label is attached to one version at most. */
export type Stages = Readonly<Record<string, readonly string[]>>;

export function holderOf(stages: Stages, label: string): string | undefined {
  return Object.keys(stages).find((version) => stages[version]!.includes(label));
}

/**
 * Moves `labels` to a version. Where AWSCURRENT leaves a version, AWSPREVIOUS comes to it; the first version a secret
 * gets is current whatever was asked for.
 */
export function attach(stages: Stages, version: string, labels: readonly string[]): Stages {
  const holder = holderOf(stages, CURRENT);
  const wanted = holder === undefined && !labels.includes(CURRENT) ? [...labels, CURRENT] : labels;
  let moved: Stages = { ...stages, [version]: stages[version] ?? [] };
  for (const label of wanted) moved = move(moved, label, version);
  if (wanted.includes(CURRENT) && holder !== undefined && holder !== version) moved = move(moved, PREVIOUS, holder);
  return moved;
}

export function detach(stages: Stages, version: string, label: string): Stages {
  return { ...stages, [version]: (stages[version] ?? []).filter((attached) => attached !== label) };
}

function move(stages: Stages, label: string, version: string): Stages {
  const moved: Record<string, readonly string[]> = {};
  for (const [id, labels] of Object.entries(stages)) {
    const others = labels.filter((attached) => attached !== label);
    moved[id] = id === version ? [...others, label] : others;
  }
  return moved;
}
