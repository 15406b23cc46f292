/** The versions of a secret and their staging labels: what a rotation function works with. */
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

export interface SecretDescription {
  readonly rotationEnabled: boolean;
  /** Staging labels by version id. */
  readonly stages: Readonly<Record<string, readonly string[]>>;
}

/** All promises reject with the SDK's own errors, which never quote a value. */
export interface SecretVersions {
  describe(secretArn: string): Promise<SecretDescription>;
  /** The text of the version that has the label, of that very version where it is named; undefined when it has none. */
  read(secretArn: string, label: string, versionId?: string): Promise<string | undefined>;
  /** Puts a value with the label AWSPENDING; the same again changes nothing. */
  putPending(secretArn: string, versionId: string, value: string): Promise<void>;
  /** Moves AWSCURRENT; AWSPREVIOUS follows by itself. */
  makeCurrent(secretArn: string, versions: { readonly from: string; readonly to: string }): Promise<void>;
  /** Letters and digits. */
  randomPassword(length: number): Promise<string>;
}

export function secretVersions(client: SecretsManagerClient): SecretVersions {
  return {
    async describe(SecretId) {
      const description = await client.send(new DescribeSecretCommand({ SecretId }));
      return {
        rotationEnabled: description.RotationEnabled ?? false,
        stages: description.VersionIdsToStages ?? {},
      };
    },
    async read(SecretId, VersionStage, VersionId) {
      try {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage, VersionId }));
        return SecretString;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async putPending(SecretId, ClientRequestToken, SecretString) {
      const VersionStages = ['AWSPENDING'];
      await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages }));
    },
    async makeCurrent(SecretId, { from, to }) {
      const input = { SecretId, VersionStage: 'AWSCURRENT', RemoveFromVersionId: from, MoveToVersionId: to };
      await client.send(new UpdateSecretVersionStageCommand(input));
    },
    async randomPassword(PasswordLength) {
      const input = { PasswordLength, ExcludePunctuation: true, RequireEachIncludedType: true };
      const { RandomPassword = '' } = await client.send(new GetRandomPasswordCommand(input));
      return RandomPassword;
    },
  };
}
