/** What a bucket is told to be: versioning, encryption, ownership, tags, and who is kept out. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, Operation } from '../../../kernel/service.ts';
import { type AclInput, aclOutput, enforced, grantsOf } from '../acl.ts';
import { DEFAULT_ENCRYPTION, encryptionRule } from '../encryption.ts';
import { invalidArgument, malformedXml, notConfigured, notImplemented } from '../errors.ts';
import { inBucket } from '../guard.ts';
import { ownerOf } from '../owner.ts';
import type { Bucket, Ownership, PublicAccessBlock, Tag } from '../records.ts';
import { headerKeys, type InBucket } from '../requirements.ts';
import type { Room } from '../room.ts';
import { checkTags } from '../tags.ts';

type Handle<I> = (bucket: Bucket, input: I, call: CallContext) => object | undefined;

/** Makes operations of what they are allowed by and what they do. */
export function bucketOperation(room: Room) {
  return <I extends InBucket>(action: string, handle: Handle<I>): Operation<I> => ({
    requires: (input, call) =>
      room.needs.onBucket(action, input, call, headerKeys({ ...input } as Record<string, unknown>)),
    handle: (input, call) => handle(inBucket(room, input), input, call) ?? {},
  });
}

interface EncryptionInput extends InBucket {
  readonly ServerSideEncryptionConfiguration: {
    readonly Rules?: readonly {
      readonly ApplyServerSideEncryptionByDefault?: {
        readonly SSEAlgorithm?: string;
        readonly KMSMasterKeyID?: string;
      };
      readonly BucketKeyEnabled?: boolean;
    }[];
  };
}

export function settingOperations(room: Room): Record<string, Operation> {
  const { repository } = room;
  const operation = bucketOperation(room);
  const save = (bucket: Bucket): undefined => void repository.put(bucket);

  return {
    PutBucketVersioning: operation<InBucket & { VersioningConfiguration: { Status?: string; MFADelete?: string } }>(
      'PutBucketVersioning',
      (bucket, { VersioningConfiguration: { Status, MFADelete } }) => {
        if (MFADelete === 'Enabled') throw notImplemented('MFA delete');
        if (Status !== 'Enabled' && Status !== 'Suspended') {
          throw new AwsError('IllegalVersioningConfigurationException', 'The Versioning element must be specified');
        }
        return save({ ...bucket, versioning: Status });
      },
    ),
    GetBucketVersioning: operation('GetBucketVersioning', ({ versioning }) =>
      versioning === undefined ? {} : { Status: versioning },
    ),
    PutBucketEncryption: operation<EncryptionInput>('PutEncryptionConfiguration', (bucket, input) => {
      const { Rules = [] } = input.ServerSideEncryptionConfiguration;
      const [rule] = Rules;
      if (Rules.length !== 1 || !rule) throw malformedXml();
      const { ApplyServerSideEncryptionByDefault: byDefault = { SSEAlgorithm: 'AES256' }, BucketKeyEnabled } = rule;
      return save({ ...bucket, encryption: encryptionRule({ ...byDefault, BucketKeyEnabled }, room) });
    }),
    GetBucketEncryption: operation('GetEncryptionConfiguration', ({ encryption }) => {
      const { algorithm, keyId, bucketKey = false } = encryption;
      const byDefault = { SSEAlgorithm: algorithm, ...(keyId && { KMSMasterKeyID: keyId }) };
      const rule = { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: bucketKey };
      return { ServerSideEncryptionConfiguration: { Rules: [rule] } };
    }),
    DeleteBucketEncryption: operation('PutEncryptionConfiguration', (bucket) =>
      save({ ...bucket, encryption: DEFAULT_ENCRYPTION }),
    ),
    ...accessOperations(room),
    PutBucketTagging: operation<InBucket & { Tagging: { TagSet?: readonly Partial<Tag>[] } }>(
      'PutBucketTagging',
      (bucket, { Tagging }) => save({ ...bucket, tags: checkTags(Tagging.TagSet ?? [], 50) }),
    ),
    GetBucketTagging: operation('GetBucketTagging', ({ name, tags = [] }) => {
      if (tags.length === 0) throw notConfigured('NoSuchTagSet', 'The TagSet does not exist', name);
      return { TagSet: tags };
    }),
    DeleteBucketTagging: operation('PutBucketTagging', ({ tags: _, ...bucket }) => save(bucket)),
    GetBucketRequestPayment: operation('GetBucketRequestPayment', () => ({ Payer: 'BucketOwner' })),
    GetBucketLogging: operation('GetBucketLogging', () => ({})),
    GetBucketAccelerateConfiguration: operation('GetAccelerateConfiguration', () => ({})),
  };
}

/** Who is kept out whatever policies and ACLs say, and whose objects are. */
function accessOperations(room: Room): Record<string, Operation> {
  const { repository } = room;
  const operation = bucketOperation(room);
  const save = (bucket: Bucket): undefined => void repository.put(bucket);

  return {
    PutPublicAccessBlock: operation<InBucket & { PublicAccessBlockConfiguration: Partial<PublicAccessBlock> }>(
      'PutBucketPublicAccessBlock',
      (bucket, { PublicAccessBlockConfiguration: given }) =>
        save({
          ...bucket,
          publicAccessBlock: {
            BlockPublicAcls: given.BlockPublicAcls ?? false,
            IgnorePublicAcls: given.IgnorePublicAcls ?? false,
            BlockPublicPolicy: given.BlockPublicPolicy ?? false,
            RestrictPublicBuckets: given.RestrictPublicBuckets ?? false,
          },
        }),
    ),
    GetPublicAccessBlock: operation('GetBucketPublicAccessBlock', ({ name, publicAccessBlock }) => {
      if (publicAccessBlock) return { PublicAccessBlockConfiguration: publicAccessBlock };
      throw notConfigured(
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
        name,
      );
    }),
    DeletePublicAccessBlock: operation('PutBucketPublicAccessBlock', ({ publicAccessBlock: _, ...bucket }) =>
      save(bucket),
    ),
    PutBucketOwnershipControls: operation<
      InBucket & { OwnershipControls: { Rules?: readonly { ObjectOwnership?: string }[] } }
    >('PutBucketOwnershipControls', (bucket, { OwnershipControls: { Rules = [] } }) => {
      const ownership = Rules[0]?.ObjectOwnership;
      if (Rules.length !== 1 || !isOwnership(ownership)) throw malformedXml();
      if (ownership === 'BucketOwnerEnforced' && bucket.grants?.length) {
        throw new AwsError(
          'InvalidBucketAclWithObjectOwnership',
          "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        );
      }
      return save({ ...bucket, ownership });
    }),
    GetBucketOwnershipControls: operation('GetBucketOwnershipControls', ({ name, ownership }) => {
      if (ownership) return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } };
      throw notConfigured('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', name);
    }),
    DeleteBucketOwnershipControls: operation('PutBucketOwnershipControls', (bucket) =>
      // Without a rule it is as buckets were before there were any.
      save({ ...bucket, ownership: 'ObjectWriter' }),
    ),
    PutBucketAcl: operation<InBucket & AclInput>('PutBucketAcl', (bucket, input) => {
      const { grants } = grantsOf(input, bucket, room);
      if (!grants && !enforced(bucket)) throw invalidArgument('Missing required header for this request: x-amz-acl');
      return save({ ...bucket, ...(grants && { grants }) });
    }),
    GetBucketAcl: operation('GetBucketAcl', ({ grants }) => aclOutput(grants, ownerOf(room))),
  };
}

const isOwnership = (name: string | undefined): name is Ownership =>
  name === 'BucketOwnerEnforced' || name === 'BucketOwnerPreferred' || name === 'ObjectWriter';
