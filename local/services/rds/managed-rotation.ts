/**
 * Rotates the master secrets that RDS keeps, when Secrets Manager says that it is time.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { ensureMasterUser } from './accounts.ts';
import { generatePassword, masterSecretVersions } from './calls.ts';
import type { InstanceRecord } from './records.ts';
import type { RdsRoom } from './room.ts';

interface RotateManagedSecret {
  readonly SecretId: string;
  /** The version to be made current; the same again goes on where it was cut off. */
  readonly ClientRequestToken: string;
}

/** Not of AWS's API: Secrets Manager alone calls it. */
export function rotateManagedSecret(
  room: Pick<RdsRoom, 'context' | 'records' | 'fleet'>,
): Operation<RotateManagedSecret> {
  const { context, records, fleet } = room;

  function instanceOf(secretArn: string): InstanceRecord {
    const found = records.instances.list().find(({ value }) => value.masterSecretArn === secretArn);
    if (!found) throw new AwsError('DBInstanceNotFound', `No DBInstance has the master secret ${secretArn}.`);
    if (fleet.running(found.key)) return found.value;
    throw new AwsError('InvalidDBInstanceState', `Database instance ${found.key} is not in available state.`);
  }

  return {
    requires: () => [],
    async handle({ SecretId, ClientRequestToken: versionId }, { principal }) {
      if (principal.kind !== 'internal') {
        throw new AwsError('UnknownOperationException', 'There is no such operation.');
      }
      const { identifier, masterUsername: name } = instanceOf(SecretId);
      const versions = masterSecretVersions(context.dispatch, SecretId);
      // Written down before the database has it: what is cut off in between is not lost.
      const password = (await versions.passwordOf(versionId)) ?? generatePassword();
      await versions.putPending(versionId, { username: name, password });
      await fleet.administer(identifier, (connection, server) =>
        ensureMasterUser(connection, server.program.flavour, { name, password }),
      );
      await versions.makeCurrent(versionId);
    },
  };
}
