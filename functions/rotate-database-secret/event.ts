/** What Secrets Manager asks of a rotation function. https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

export type Step = (typeof STEPS)[number];

export interface RotationEvent {
  readonly step: Step;
  readonly secretArn: string;
  /** Of the version to be made; the event's ClientRequestToken. */
  readonly versionId: string;
}

export class RotationError extends Error {
  override readonly name = 'RotationError';
}

/** @throws RotationError for anything else. */
export function readEvent(event: unknown): RotationEvent {
  const { Step, SecretId, ClientRequestToken } = (event ?? {}) as Readonly<Record<string, unknown>>;
  const step = STEPS.find((one) => one === Step);
  if (!step) throw new RotationError(`The event needs a Step: ${STEPS.join(', ')}`);
  if (typeof SecretId !== 'string' || typeof ClientRequestToken !== 'string') {
    throw new RotationError('The event needs a SecretId and a ClientRequestToken');
  }
  return { step, secretArn: SecretId, versionId: ClientRequestToken };
}
