/** The four steps. Each may come again, after any other, and then changes nothing that is done already. */
import type { SecretVersions } from '@app/shared/secrets';
import type { Accounts } from './accounts.ts';
import { type DatabaseSecret, readDatabaseSecret } from './database-secret.ts';
import { RotationError, type RotationEvent, type Step } from './event.ts';

export interface Dependencies {
  readonly secrets: SecretVersions;
  readonly accounts: Accounts;
  /** The one secret this function rotates. */
  readonly secretArn: string;
  /** Of the stack's database. */
  readonly host: string;
  readonly logger: { info(message: string, details: { readonly step: string; readonly versionId: string }): void };
}

const CURRENT = 'AWSCURRENT';
const PENDING = 'AWSPENDING';

/** Long enough for a password nobody types. */
const PASSWORD_LENGTH = 40;

/** @throws RotationError, DatabaseUnavailableError, or what Secrets Manager refuses with (in the promise). */
export function rotation(dependencies: Dependencies): (event: RotationEvent) => Promise<void> {
  const { secrets, accounts, secretArn, host, logger } = dependencies;

  async function read(label: string, versionId?: string): Promise<DatabaseSecret | undefined> {
    const text = await secrets.read(secretArn, label, versionId);
    return text === undefined ? undefined : readDatabaseSecret(text, label, host);
  }

  async function needed(label: string, versionId?: string): Promise<DatabaseSecret> {
    const secret = await read(label, versionId);
    if (!secret) throw new RotationError(`The secret has no ${label} value`);
    return secret;
  }

  const steps: Readonly<Record<Step, (versionId: string, currentId: string) => Promise<void>>> = {
    async createSecret(versionId) {
      const current = await needed(CURRENT);
      if (await read(PENDING, versionId)) return;
      const password = await secrets.randomPassword(PASSWORD_LENGTH);
      await secrets.putPending(secretArn, versionId, JSON.stringify({ ...current, password }));
    },
    async setSecret(versionId) {
      const pending = await needed(PENDING, versionId);
      const current = await needed(CURRENT);
      if (pending.username !== current.username) {
        throw new RotationError('The AWSPENDING version of the secret is of another user than the AWSCURRENT one');
      }
      // Done before: once more would be harmless, but a login is cheaper than a change.
      if (await accounts.accepts(pending)) return;
      await accounts.setPasswords(current.username, { pending: pending.password, current: current.password });
    },
    async testSecret(versionId) {
      if (!(await accounts.accepts(await needed(PENDING, versionId)))) {
        throw new RotationError('The database refuses the AWSPENDING version of the secret');
      }
    },
    finishSecret: (versionId, currentId) => secrets.makeCurrent(secretArn, { from: currentId, to: versionId }),
  };

  return async (event) => {
    const { step, versionId } = event;
    if (event.secretArn !== secretArn) throw new RotationError('This function rotates another secret');
    const { rotationEnabled, stages } = await secrets.describe(secretArn);
    if (!rotationEnabled) throw new RotationError('Rotation of the secret is not turned on');
    const labels = stages[versionId];
    if (!labels) throw new RotationError('The secret has no such version');
    const currentId = Object.keys(stages).find((id) => stages[id]?.includes(CURRENT));
    if (currentId === undefined) throw new RotationError('The secret has no AWSCURRENT version');
    if (currentId === versionId) {
      logger.info('The version is current already', { step, versionId });
      return;
    }
    if (!labels.includes(PENDING)) throw new RotationError('The version is not AWSPENDING');
    await steps[step](versionId, currentId);
    logger.info('The step is done', { step, versionId });
  };
}
