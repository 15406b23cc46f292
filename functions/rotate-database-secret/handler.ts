/** Rotates the password of the functions' database user: invoked by Secrets Manager, once for each of four steps. */
import { readFileSync } from 'node:fs';
import { databaseVariables, optionalText, readConfiguration, text } from '@app/shared/configuration';
import { createDatabase } from '@app/shared/database';
import { logger, observed, traced } from '@app/shared/observability';
import { type Credentials, credentialsFrom, secretsManager, secretVersionsOnLambda } from '@app/shared/secrets';
import { accounts } from './accounts.ts';
import { readEvent } from './event.ts';
import { rotation } from './rotate.ts';

const { host, port, secretArn, adminSecretArn, certificateAuthority, certificatesFile } = readConfiguration(
  process.env,
  {
    ...databaseVariables,
    adminSecretArn: text('DATABASE_ADMIN_SECRET_ARN'),
    certificatesFile: optionalText('DATABASE_CA_FILE'),
  },
);

/** Amazon's own authorities, which sign what a database without a proxy presents; absent outside Lambda. */
function certificatesIn(file: string): string {
  try {
    return file === '' ? '' : readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const server = {
  host,
  port,
  certificateAuthority: certificateAuthority || certificatesIn(certificatesFile),
  poolSize: 1,
  connectTimeoutMs: 10_000,
  acquireTimeoutMs: 12_000,
  queryTimeoutMs: 10_000,
  trace: traced,
};
const administrator = credentialsFrom(secretsManager(), adminSecretArn);

const rotate = rotation({
  secrets: secretVersionsOnLambda(),
  accounts: accounts({
    as: (credentials: Credentials) => createDatabase({ ...server, credentials: async () => credentials }),
    asAdministrator: () => createDatabase({ ...server, credentials: administrator }),
  }),
  secretArn,
  host,
  logger,
});

export const handler = observed((event: unknown) => rotate(readEvent(event)));
