/** https://docs.aws.amazon.com/kms/latest/developerguide/grants.html */
import { randomBytes } from 'node:crypto';
import type {
  CreateGrantRequest,
  GrantListEntry,
  GrantOperation,
  ListGrantsRequest,
  ListRetirableGrantsRequest,
  RetireGrantRequest,
  RevokeGrantRequest,
} from '@aws-sdk/client-kms';
import type { Principal } from '../../kernel/caller.ts';
import type { Operation } from '../../kernel/service.ts';
import { dryRun, invalidArn, invalidGrantId, invalidGrantToken, limitExceeded, validationError } from './errors.ts';
import { GRANT_ID } from './facts.ts';
import type { Grant, GrantConstraints, GrantPrincipal } from './key.ts';
import { page } from './paging.ts';
import type { Keys } from './requirements.ts';
import type { Room, With } from './room.ts';

type Create = With<CreateGrantRequest, 'KeyId' | 'Operations'>;

/** Those of symmetric keys; the others have no key here to hold them. */
const SYMMETRIC: ReadonlySet<string> = new Set<GrantOperation>([
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
]);

const MOST_GRANTS_OF_A_KEY = 50_000;

export function grantOperations(room: Room): Record<string, Operation> {
  const { keyring, needs, clock, accountId, partition } = room;

  const described = (grant: Grant): GrantListEntry => ({
    KeyId: keyring.keyArn(grant.keyId),
    GrantId: grant.id,
    Name: grant.name ?? '',
    CreationDate: new Date(grant.createdAt),
    ...(grant.grantee.kind === 'service'
      ? { GranteeServicePrincipal: grant.grantee.service }
      : { GranteePrincipal: grant.grantee.arn }),
    ...(grant.retiring?.kind === 'service' && { RetiringServicePrincipal: grant.retiring.service }),
    ...(grant.retiring?.kind === 'principal' && { RetiringPrincipal: grant.retiring.arn }),
    IssuingAccount: `arn:${partition}:iam::${accountId}:root`,
    Operations: [...grant.operations],
    ...(grant.constraints && { Constraints: { ...grant.constraints } }),
  });

  /** Throws NotFoundException, InvalidGrantIdException. */
  const grantOf = (keyId: string, grantId: string): Grant => {
    const key = keyring.getByKey(keyId);
    const grant = keyring.grants(key.id).find(({ id }) => id === grantId);
    if (!grant) throw invalidGrantId();
    return grant;
  };

  const createGrant: Operation<Create> = {
    requires: (input, call) => [needs.onKey('CreateGrant', input.KeyId, call, grantKeys(input, call.principal))],
    handle(input) {
      const grantee = principalOf(input.GranteePrincipal, input.GranteeServicePrincipal);
      if (!grantee) throw validationError('Specify GranteePrincipal or GranteeServicePrincipal, and one of them only.');
      keyring.getByKey(input.KeyId);
      const key = keyring.getUsable(input.KeyId);
      for (const operation of input.Operations) {
        if (!SYMMETRIC.has(operation)) throw validationError(`${operation} is not an operation of a symmetric key.`);
      }
      const wanted = {
        keyId: key.id,
        ...(input.Name !== undefined && { name: input.Name }),
        grantee,
        retiring: principalOf(input.RetiringPrincipal, input.RetiringServicePrincipal),
        operations: [...new Set(input.Operations)],
        constraints: constraintsOf(input),
      };
      if (input.DryRun) throw dryRun();
      // A named grant asked for once more is the same grant: that is what its name is for.
      const same = input.Name && keyring.grants(key.id).find((grant) => isSame(grant, wanted));
      if (same) return { GrantId: same.id, GrantToken: same.token };
      if (keyring.grants(key.id).length >= MOST_GRANTS_OF_A_KEY) {
        throw limitExceeded(`A key can have at most ${MOST_GRANTS_OF_A_KEY} grants.`);
      }
      const id = randomBytes(32).toString('hex');
      const token = randomBytes(96).toString('base64url');
      keyring.putGrant({ ...wanted, id, token, createdAt: clock.now() });
      return { GrantId: id, GrantToken: token };
    },
  };

  const listGrants: Operation<With<ListGrantsRequest, 'KeyId'>> = {
    requires: (input, call) => [needs.onKey('ListGrants', input.KeyId, call)],
    handle(input) {
      const key = keyring.getByKey(input.KeyId);
      const matching = keyring
        .grants(key.id)
        .filter(({ id }) => input.GrantId === undefined || id === input.GrantId)
        .filter(({ grantee }) => matches(grantee, input.GranteePrincipal, input.GranteeServicePrincipal));
      const { items, ...rest } = page(matching, input);
      return { Grants: items.map(described), ...rest };
    },
  };

  const listRetirableGrants: Operation<ListRetirableGrantsRequest> = {
    requires: (_input, call) => [needs.onAll('ListRetirableGrants', call)],
    handle(input) {
      const { RetiringPrincipal, RetiringServicePrincipal } = input;
      const matching = keyring
        .grants()
        .filter(({ retiring }) => retiring && matches(retiring, RetiringPrincipal, RetiringServicePrincipal));
      const { items, ...rest } = page(matching, input);
      return { Grants: items.map(described), ...rest };
    },
  };

  const revokeGrant: Operation<With<RevokeGrantRequest, 'KeyId' | 'GrantId'>> = {
    requires: (input, call) => [needs.onKey('RevokeGrant', input.KeyId, call)],
    handle(input) {
      const grant = grantOf(input.KeyId, input.GrantId);
      if (input.DryRun) throw dryRun();
      keyring.deleteGrant(grant);
    },
  };

  /** A grant is retired by its token, or by key and id. */
  const named = ({ GrantToken, KeyId, GrantId }: RetireGrantRequest): Grant | undefined =>
    GrantToken === undefined
      ? keyring.grants(KeyId && keyring.find(KeyId)?.id).find(({ id }) => id === GrantId)
      : keyring.grants().find(({ token }) => token === GrantToken);

  const retireGrant: Operation<RetireGrantRequest> = {
    requires(input, call) {
      const grant = named(input);
      return grant ? [needs.onKey('RetireGrant', grant.keyId, call, { [GRANT_ID]: grant.id })] : [];
    },
    handle(input) {
      const { GrantToken, KeyId, GrantId } = input;
      if (GrantToken === undefined && (KeyId === undefined || GrantId === undefined)) {
        throw validationError('Specify GrantToken, or KeyId and GrantId.');
      }
      if (KeyId !== undefined && !KeyId.startsWith('arn:')) throw invalidArn('KeyId must be the ARN of a key.');
      if (GrantToken === undefined) keyring.getByKey(KeyId!);
      const grant = named(input);
      if (!grant) throw GrantToken === undefined ? invalidGrantId() : invalidGrantToken();
      if (input.DryRun) throw dryRun();
      keyring.deleteGrant(grant);
    },
  };

  return {
    CreateGrant: createGrant,
    ListGrants: listGrants,
    ListRetirableGrants: listRetirableGrants,
    RevokeGrant: revokeGrant,
    RetireGrant: retireGrant,
  };
}

function principalOf(arn: string | undefined, service: string | undefined): GrantPrincipal | undefined {
  if (arn === undefined) return service === undefined ? undefined : { kind: 'service', service };
  if (service !== undefined) return undefined;
  if (!/^arn:[^:]+:(?:iam|sts)::\d{12}:.+$/.test(arn)) {
    throw invalidArn(`ARN does not refer to a valid principal: ${arn}`);
  }
  return { kind: 'principal', arn };
}

function constraintsOf({ Constraints }: Create): GrantConstraints | undefined {
  if (!Constraints) return undefined;
  const { EncryptionContextSubset, EncryptionContextEquals, SourceArn } = Constraints;
  if (EncryptionContextSubset && EncryptionContextEquals) {
    throw validationError('Specify EncryptionContextSubset or EncryptionContextEquals, but not both.');
  }
  return {
    ...(EncryptionContextSubset && { EncryptionContextSubset }),
    ...(EncryptionContextEquals && { EncryptionContextEquals }),
    ...(SourceArn !== undefined && { SourceArn }),
  };
}

function isSame(a: Grant, b: Omit<Grant, 'id' | 'token' | 'createdAt'>): boolean {
  const essence = ({ name, grantee, retiring, operations, constraints }: typeof b) =>
    JSON.stringify([name, grantee, retiring, operations.toSorted(), constraints]);
  return essence(a) === essence(b);
}

function matches(who: GrantPrincipal, arn: string | undefined, service: string | undefined): boolean {
  if (arn !== undefined && (who.kind !== 'principal' || who.arn !== arn)) return false;
  return service === undefined || (who.kind === 'service' && who.service === service);
}

function grantKeys(input: Create, principal: Principal): Keys {
  const { EncryptionContextEquals: whole, EncryptionContextSubset: part } = input.Constraints ?? {};
  const byService = principal.kind === 'service' || (principal.kind === 'role-session' && principal.invokedBy);
  return {
    'kms:GrantOperations': input.Operations,
    'kms:GrantIsForAWSResource': String(Boolean(byService)),
    ...(input.GranteePrincipal !== undefined && { 'kms:GranteePrincipal': input.GranteePrincipal }),
    ...(input.RetiringPrincipal !== undefined && { 'kms:RetiringPrincipal': input.RetiringPrincipal }),
    ...(whole && { 'kms:GrantConstraintType': 'EncryptionContextEquals' }),
    ...(part && { 'kms:GrantConstraintType': 'EncryptionContextSubset' }),
  };
}
