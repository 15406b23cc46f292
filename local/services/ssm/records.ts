/** What is kept of a parameter. */
export type ParameterType = 'String' | 'StringList' | 'SecureString';
export type Tier = 'Standard' | 'Advanced';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface ParameterVersion {
  readonly version: number;
  /** Of a SecureString the ciphertext, base64. */
  readonly value: string;
  readonly type: ParameterType;
  /** Of a SecureString: as it was named by whoever put it. */
  readonly keyId?: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly tier: Tier;
  readonly dataType: string;
  /** ms since 1970 */
  readonly modifiedAt: number;
  /** ARN. */
  readonly modifiedBy: string;
  readonly labels: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly tags: readonly Tag[];
  /** Oldest first, at most a hundred; numbers go on when the oldest are dropped. */
  readonly versions: readonly ParameterVersion[];
}

export const currentOf = ({ versions }: Parameter): ParameterVersion => versions.at(-1)!;
