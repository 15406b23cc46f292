/** How a secret gets a new version. */
import { alreadyExists, invalidParameter, limitExceeded } from './errors.ts';
import { days, type Secret, type SecretValue, type SecretVersion, sameContent } from './secret.ts';
import { attach, type Stages } from './staging.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MOST_LABELS = 20;
const MOST_DEPRECATED_VERSIONS = 100;

/** Undefined when the caller gave none. Throws InvalidParameterException for both at once. */
export function contentOf(input: { SecretString?: string; SecretBinary?: Uint8Array }): SecretValue | undefined {
  const { SecretString, SecretBinary } = input;
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (SecretString !== undefined) return { kind: 'string', value: SecretString };
  return SecretBinary === undefined ? undefined : { kind: 'binary', value: SecretBinary };
}

/**
 * The secret with one more version. The same token with the same content changes nothing; with other content it throws
 * ResourceExistsException, as on AWS.
 */
export function addVersion(
  secret: Secret,
  versionId: string,
  content: SecretValue,
  labels: readonly string[],
  now: number,
): Secret {
  const known = secret.versions[versionId];
  if (known?.content.kind === 'empty') {
    const filled = { ...secret.versions, [versionId]: { ...known, content } };
    return withStages({ ...secret, changedAt: now, versions: filled }, attach(secret.stages, versionId, labels), now);
  }
  if (known) {
    if (sameContent(known.content, content)) return secret;
    throw alreadyExists(
      `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  const version: SecretVersion = { id: versionId, createdAt: now, content };
  return withStages(
    { ...secret, changedAt: now, versions: { ...secret.versions, [versionId]: version } },
    attach(secret.stages, versionId, labels),
    now,
  );
}

/** Sets the labels; versions nobody can name any more go when there are too many of them. */
export function withStages(secret: Secret, stages: Stages, now: number): Secret {
  if (Object.values(stages).some((labels) => labels.length > MOST_LABELS)) {
    throw limitExceeded(`You can't have more than ${MOST_LABELS} staging labels attached to a version.`);
  }
  const deprecated = Object.values(secret.versions)
    .filter(({ id }) => (stages[id] ?? []).length === 0)
    .sort((a, b) => b.createdAt - a.createdAt);
  const stale = deprecated.slice(MOST_DEPRECATED_VERSIONS).filter(({ createdAt }) => createdAt < now - days(1));
  const kept = (id: string) => !stale.some((version) => version.id === id);
  return {
    ...secret,
    versions: Object.fromEntries(Object.entries(secret.versions).filter(([id]) => kept(id))),
    stages: Object.fromEntries(Object.entries(stages).filter(([id]) => kept(id))),
  };
}
