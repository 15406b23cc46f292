/** Access control lists, as far as AWS still has them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
import type { CallContext, Requirement } from '../../kernel/service.ts';
import { accessDenied, aclsNotSupported, invalidArgument, malformedXml } from './errors.ts';
import { canonicalId } from './owner.ts';
import type { Bucket, Grant } from './records.ts';
import type { OnObject, Requirements } from './requirements.ts';
import type { Room } from './room.ts';

export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const AUTHENTICATED = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery';

export interface AclInput {
  readonly ACL?: string;
  readonly GrantFullControl?: string;
  readonly GrantRead?: string;
  readonly GrantReadACP?: string;
  readonly GrantWrite?: string;
  readonly GrantWriteACP?: string;
  readonly AccessControlPolicy?: {
    readonly Grants?: readonly {
      readonly Grantee?: {
        readonly Type?: string;
        readonly ID?: string;
        readonly URI?: string;
        readonly EmailAddress?: string;
      };
      readonly Permission?: string;
    }[];
    readonly Owner?: { readonly ID?: string };
  };
}

const group = (uri: string, permission: Grant['permission']): Grant => ({
  grantee: { kind: 'group', uri },
  permission,
});

const CANNED: Readonly<Record<string, readonly Grant[]>> = {
  private: [],
  'bucket-owner-full-control': [],
  'bucket-owner-read': [],
  'aws-exec-read': [],
  'public-read': [group(ALL_USERS, 'READ')],
  'public-read-write': [group(ALL_USERS, 'READ'), group(ALL_USERS, 'WRITE')],
  'authenticated-read': [group(AUTHENTICATED, 'READ')],
  'log-delivery-write': [group(LOG_DELIVERY, 'WRITE'), group(LOG_DELIVERY, 'READ_ACP')],
};

const HEADERS = [
  ['GrantFullControl', 'FULL_CONTROL'],
  ['GrantRead', 'READ'],
  ['GrantReadACP', 'READ_ACP'],
  ['GrantWrite', 'WRITE'],
  ['GrantWriteACP', 'WRITE_ACP'],
] as const;

const PERMISSIONS = new Set(['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP']);

export const namesAcl = (input: AclInput): boolean =>
  input.ACL !== undefined ||
  input.AccessControlPolicy !== undefined ||
  HEADERS.some(([name]) => input[name] !== undefined);

/** The ACL that a request gives what it writes. Throws AccessControlListNotSupported, AccessDenied, InvalidArgument. */
export function grantsOf(
  input: AclInput,
  bucket: Pick<Bucket, 'ownership' | 'publicAccessBlock'>,
  { accountId }: Pick<Room, 'accountId'>,
): { readonly grants?: readonly Grant[] } {
  if (!namesAcl(input)) return {};
  const grants = readGrants(input, canonicalId(accountId));
  if (enforced(bucket)) {
    // What changes nothing may still be said.
    if (input.ACL === 'bucket-owner-full-control' || (input.ACL === undefined && grants.length === 0)) return {};
    throw aclsNotSupported();
  }
  if (bucket.publicAccessBlock?.BlockPublicAcls && isPublicAcl(grants)) throw accessDenied();
  return { grants };
}

export const enforced = ({ ownership }: Pick<Bucket, 'ownership'>): boolean =>
  (ownership ?? 'BucketOwnerEnforced') === 'BucketOwnerEnforced';

export function isPublicAcl(grants: readonly Grant[] = []): boolean {
  return grants.some(({ grantee }) => grantee.kind === 'group' && grantee.uri !== LOG_DELIVERY);
}

/** The owner has everything anyway: what is given to him is not kept. */
function readGrants(input: AclInput, ownerId: string): readonly Grant[] {
  const { ACL, AccessControlPolicy } = input;
  if (ACL !== undefined) {
    const canned = Object.hasOwn(CANNED, ACL) ? CANNED[ACL] : undefined;
    if (!canned) throw invalidArgument('', 'x-amz-acl', ACL);
    return canned;
  }
  const grants = AccessControlPolicy
    ? (AccessControlPolicy.Grants ?? []).map(({ Grantee, Permission = '' }) => {
        if (!Grantee || !PERMISSIONS.has(Permission)) throw malformedXml();
        return grantTo(Grantee, Permission as Grant['permission']);
      })
    : HEADERS.flatMap(([name, permission]) =>
        (input[name] ?? '')
          .split(',')
          .filter((text) => text.trim() !== '')
          .map((text) => grantTo(granteeIn(text), permission)),
      );
  return grants.filter(({ grantee }) => !(grantee.kind === 'user' && grantee.id === ownerId));
}

function grantTo(
  { ID, URI, EmailAddress }: { readonly ID?: string; readonly URI?: string; readonly EmailAddress?: string },
  permission: Grant['permission'],
): Grant {
  if (URI !== undefined) {
    if (![ALL_USERS, AUTHENTICATED, LOG_DELIVERY].includes(URI)) throw invalidArgument('Invalid group uri', 'uri', URI);
    return group(URI, permission);
  }
  if (EmailAddress !== undefined)
    throw invalidArgument('Grants by e-mail address are no longer supported', 'emailAddress', EmailAddress);
  if (ID === undefined || !/^[0-9a-f]{64}$/.test(ID)) throw invalidArgument('Invalid id', 'id', ID ?? '');
  return { grantee: { kind: 'user', id: ID }, permission };
}

/** `uri="http://…"`, `id=…`, `emailAddress=…` */
function granteeIn(text: string) {
  const [, name, value] = /^\s*(id|uri|emailAddress)\s*=\s*"?([^"]*?)"?\s*$/.exec(text) ?? [];
  if (name === undefined) throw invalidArgument('Argument format not recognized', 'x-amz-grant', text);
  return { id: { ID: value }, uri: { URI: value }, emailAddress: { EmailAddress: value } }[name] ?? {};
}

/** As `GetBucketAcl` and `GetObjectAcl` tell it, the owner first. */
export function aclOutput(grants: readonly Grant[] = [], owner: { readonly ID: string }) {
  return {
    Owner: owner,
    Grants: [
      { Grantee: { Type: 'CanonicalUser', ID: owner.ID }, Permission: 'FULL_CONTROL' },
      ...grants.map(({ grantee, permission }) => ({
        Grantee:
          grantee.kind === 'group' ? { Type: 'Group', URI: grantee.uri } : { Type: 'CanonicalUser', ID: grantee.id },
        Permission: permission,
      })),
    ],
  };
}

/**
 * Whoever gives an object an ACL as he writes it needs that permission too; not AWS's services, whose policies for log files
 * name `s3:PutObject` and the one ACL alone.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
 */
export function aclRequirements(input: AclInput & OnObject, call: CallContext, needs: Requirements): Requirement[] {
  if (!namesAcl(input)) return [];
  if (call.principal.kind === 'service' && input.ACL === 'bucket-owner-full-control') return [];
  return needs.onObject('PutObjectAcl', input, call);
}
