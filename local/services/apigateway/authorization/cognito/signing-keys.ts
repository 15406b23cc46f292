/** The keys of user pools, asked for once and compiled; again when a token names one that is not among them. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { AwsError } from '../../../../kernel/aws-error.ts';
import type { Dispatch } from '../../../../kernel/service.ts';
import type { SigningKeys } from './token.ts';

/** As `cognito-idp:GetSigningKeys` answers, an operation for services of this house alone. */
interface SigningKeysOutput {
  readonly Issuer: string;
  readonly Keys: readonly (JsonWebKey & { readonly kid?: string })[];
}

export interface SigningKeyBook {
  /** Undefined until they were loaded. */
  readonly issuers: ReadonlyMap<string, SigningKeys> | undefined;
  /**
   * Asks the pools. A pool that is not there has no keys; `missing` is told of it. Rejects with AwsError where nobody
   * can be asked.
   */
  load(): Promise<ReadonlyMap<string, SigningKeys>>;
}

/** @param providerArns `arn:aws:cognito-idp:REGION:ACCOUNT:userpool/POOL` */
export function createSigningKeyBook(
  providerArns: readonly string[],
  dispatch: Dispatch,
  missing: (providerArn: string) => void,
): SigningKeyBook {
  let issuers: ReadonlyMap<string, SigningKeys> | undefined;
  let loading: Promise<ReadonlyMap<string, SigningKeys>> | undefined;

  async function ask(): Promise<ReadonlyMap<string, SigningKeys>> {
    const found = await Promise.all(providerArns.map((arn) => keysOf(arn)));
    issuers = new Map(found.filter((entry) => entry !== undefined));
    return issuers;
  }

  async function keysOf(arn: string): Promise<[string, SigningKeys] | undefined> {
    const UserPoolId = arn.slice(arn.lastIndexOf('/') + 1);
    try {
      const { Issuer, Keys } = (await dispatch({
        caller: { kind: 'internal', service: 'apigateway.amazonaws.com' },
        service: 'cognito-idp',
        operation: 'GetSigningKeys',
        input: { UserPoolId },
      })) as SigningKeysOutput;
      const keys = Keys.flatMap((jwk) =>
        jwk.kid === undefined ? [] : [[jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })] as const],
      );
      return [Issuer, new Map(keys)];
    } catch (error) {
      if (!(error instanceof AwsError && error.code === 'ResourceNotFoundException')) throw error;
      missing(arn);
      return undefined;
    }
  }

  return {
    get issuers() {
      return issuers;
    },
    load() {
      loading ??= ask().finally(() => {
        loading = undefined;
      });
      return loading;
    },
  };
}
