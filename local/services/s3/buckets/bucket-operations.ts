/** Buckets themselves. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { type AclInput, enforced, grantsOf, namesAcl } from '../acl.ts';
import { DEFAULT_ENCRYPTION } from '../encryption.ts';
import { invalidArgument, notImplemented } from '../errors.ts';
import { inBucket } from '../guard.ts';
import { ownerOf } from '../owner.ts';
import type { Bucket, Ownership, PublicAccessBlock, Tag } from '../records.ts';
import { headerKeys, type InBucket } from '../requirements.ts';
import type { Room } from '../room.ts';
import { checkTags } from '../tags.ts';
import { nameProblem } from './names.ts';

interface CreateBucketInput extends InBucket, AclInput {
  readonly CreateBucketConfiguration?: {
    readonly LocationConstraint?: string;
    readonly Tags?: readonly Partial<Tag>[];
    readonly Bucket?: { readonly Type?: string };
  };
  readonly ObjectLockEnabledForBucket?: boolean;
  readonly ObjectOwnership?: string;
}

interface ListBucketsInput {
  readonly Prefix?: string;
  readonly MaxBuckets?: number;
  readonly ContinuationToken?: string;
  readonly BucketRegion?: string;
}

/** What every new bucket has since April 2023. */
export const BLOCK_ALL: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

const OWNERSHIPS: ReadonlySet<string> = new Set(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']);

export function bucketOperations(room: Room): Record<string, Operation> {
  const { needs, repository, region } = room;

  const createBucket: Operation<CreateBucketInput> = {
    requires: (input, call) => [
      {
        action: 's3:CreateBucket',
        resource: `arn:${room.partition}:s3:::${input.Bucket}`,
        context: {
          ...headerKeys({ ...input }),
          ...(input.CreateBucketConfiguration?.LocationConstraint && {
            's3:LocationConstraint': input.CreateBucketConfiguration.LocationConstraint,
          }),
          ...(input.ObjectOwnership && { 's3:x-amz-object-ownership': input.ObjectOwnership }),
        },
      },
      ...(namesAcl(input) ? needs.onAll('PutBucketAcl', input, call) : []),
      ...(input.ObjectOwnership ? needs.onAll('PutBucketOwnershipControls', input, call) : []),
    ],
    handle(input) {
      const bucket = makeBucket(room, input);
      return { Location: `/${bucket.name}`, BucketArn: `arn:${room.partition}:s3:::${bucket.name}` };
    },
  };

  const headBucket: Operation<InBucket> = {
    requires: (input, call) => needs.onBucket('ListBucket', input, call),
    handle(input) {
      inBucket(room, input);
      return { BucketRegion: region, AccessPointAlias: false };
    },
  };

  const getBucketLocation: Operation<InBucket> = {
    requires: (input, call) => needs.onBucket('GetBucketLocation', input, call),
    handle(input) {
      inBucket(room, input);
      return region === 'us-east-1' ? {} : { LocationConstraint: region };
    },
  };

  const deleteBucket: Operation<InBucket> = {
    requires: (input, call) => needs.onBucket('DeleteBucket', input, call),
    handle: (input) => void removeBucket(room, inBucket(room, input)),
  };

  const listBuckets: Operation<ListBucketsInput> = {
    requires: (input, call) => needs.onAll('ListAllMyBuckets', input, call),
    handle({ Prefix = '', MaxBuckets, ContinuationToken, BucketRegion }) {
      if (MaxBuckets !== undefined && (MaxBuckets < 1 || MaxBuckets > 10_000)) {
        throw invalidArgument(
          'Argument max-buckets must be an integer between 1 and 10000',
          'max-buckets',
          String(MaxBuckets),
        );
      }
      const after = ContinuationToken === undefined ? '' : Buffer.from(ContinuationToken, 'base64').toString('utf8');
      const all = repository
        .buckets()
        .filter(({ name, ownedBy }) => ownedBy === undefined && name.startsWith(Prefix) && name > after)
        .filter(() => BucketRegion === undefined || BucketRegion === region);
      const page = all.slice(0, MaxBuckets ?? 10_000);
      return {
        Buckets: page.map(({ name, createdAt }) => ({
          Name: name,
          CreationDate: new Date(createdAt),
          BucketArn: `arn:${room.partition}:s3:::${name}`,
          ...((MaxBuckets ?? BucketRegion) !== undefined && { BucketRegion: region }),
        })),
        Owner: ownerOf(room),
        ...(Prefix !== '' && { Prefix }),
        ...(page.length < all.length && { ContinuationToken: Buffer.from(page.at(-1)!.name).toString('base64') }),
      };
    },
  };

  return {
    CreateBucket: createBucket,
    HeadBucket: headBucket,
    GetBucketLocation: getBucketLocation,
    DeleteBucket: deleteBucket,
    ListBuckets: listBuckets,
  };
}

/** Throws InvalidBucketName, BucketAlreadyOwnedByYou, BucketAlreadyExists and what ACLs are refused with. */
export function makeBucket(room: Room, input: CreateBucketInput): Bucket {
  const { repository, clock, region } = room;
  const { Bucket: name, CreateBucketConfiguration = {}, ObjectLockEnabledForBucket, ObjectOwnership } = input;
  if (nameProblem(name) !== undefined) {
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', { members: { BucketName: name } });
  }
  if (ObjectLockEnabledForBucket) throw notImplemented('Object Lock');
  if (CreateBucketConfiguration.Bucket?.Type !== undefined) throw notImplemented('Directory buckets');
  checkLocation(CreateBucketConfiguration.LocationConstraint, region);
  if (ObjectOwnership !== undefined && !OWNERSHIPS.has(ObjectOwnership)) {
    throw invalidArgument('Invalid x-amz-object-ownership header', 'x-amz-object-ownership', ObjectOwnership);
  }
  const existing = repository.find(name);
  if (existing) throw taken(existing);
  const ownership = (ObjectOwnership ?? 'BucketOwnerEnforced') as Ownership;
  if (namesAcl(input) && enforced({ ownership }) && input.ACL !== 'private') {
    throw new AwsError(
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    );
  }
  const grants = enforced({ ownership }) ? {} : grantsOf(input, { ownership, publicAccessBlock: BLOCK_ALL }, room);
  const tags = checkTags(CreateBucketConfiguration.Tags ?? [], 50);
  return repository.put({
    name,
    createdAt: Math.floor(clock.now() / 1000) * 1000,
    publicAccessBlock: BLOCK_ALL,
    ownership,
    encryption: DEFAULT_ENCRYPTION,
    ...grants,
    ...(tags.length > 0 && { tags }),
  });
}

/** There is one Region here: another would be another place. */
function checkLocation(constraint: string | undefined, region: string): void {
  if (constraint === undefined) {
    if (region === 'us-east-1') return;
    throw new AwsError(
      'IllegalLocationConstraintException',
      'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.',
    );
  }
  if (constraint === 'us-east-1' || !/^(?:EU|[a-z]{2}(?:-[a-z]+)+-\d)$/.test(constraint)) {
    throw new AwsError('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      members: { LocationConstraint: constraint },
    });
  }
  if (constraint === region) return;
  throw new AwsError(
    'IllegalLocationConstraintException',
    `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

function taken({ name, ownedBy }: Bucket): AwsError {
  const options = { statusCode: 409, members: { BucketName: name } };
  return ownedBy === undefined
    ? new AwsError(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
        options,
      )
    : new AwsError(
        'BucketAlreadyExists',
        'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
        options,
      );
}

/** Throws BucketNotEmpty. Unfinished uploads go with it. */
export function removeBucket(room: Room, { name }: Bucket): void {
  const { repository, store, files } = room;
  if (!repository.isEmpty(name)) {
    const versioned = repository.get(name).versioning !== undefined;
    throw new AwsError(
      'BucketNotEmpty',
      versioned
        ? 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.'
        : 'The bucket you tried to delete is not empty',
      { statusCode: 409, members: { BucketName: name } },
    );
  }
  store.transaction(() => {
    for (const { id } of repository.uploads(name)) {
      const freed = repository.parts(id).flatMap(({ body }) => body);
      repository.removeUpload(name, id);
      store.onCommit(() => files.remove(freed));
    }
    repository.remove(name);
  });
}
