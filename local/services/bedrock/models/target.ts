/** What a `modelId` names: a foundation model, directly or through a cross-Region inference profile. */
import type { ServiceContext } from '../../../kernel/service.ts';
import { type FoundationModel, foundationModel, GEOGRAPHIES, type Geography } from './catalogue.ts';

export type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

export interface InferenceProfile {
  /** e.g. `us.anthropic.claude-haiku-4-5-20251001-v1:0` */
  readonly id: string;
  readonly arn: string;
  /** Regions that calls may go to; an empty text is the Region-less ARN of a global profile. */
  readonly regions: readonly string[];
}

export interface Target {
  readonly model: FoundationModel;
  /** As the caller named it. */
  readonly requested: string;
  readonly profile?: InferenceProfile;
}

const PROFILE_ID = /^(us|eu|apac|jp|au|global)\.(.+)$/;
const ARN = /^arn:(aws[^:]*):bedrock:([a-z0-9-]+):(?:(\d{12}):inference-profile\/([^/]+)|:foundation-model\/([^/]+))$/;

/** Undefined: nothing of this Region and account has that name, or nothing that is known here. */
export function findTarget(requested: string, place: Place): Target | undefined {
  const named = nameIn(requested, place);
  if (named === undefined) return undefined;
  const model = named.kind === 'arn-of-profile' ? undefined : foundationModel(named.id);
  if (model) return { model, requested };
  return named.kind === 'arn-of-model' ? undefined : throughProfile(named.id, requested, place, foundationModel);
}

/** The same where AWS itself will say whether there is such a model: whatever may be one is taken for it. */
export function assumedTarget(requested: string, place: Place): Target | undefined {
  const named = nameIn(requested, place);
  if (named === undefined) return undefined;
  const through = named.kind === 'arn-of-model' ? undefined : throughProfile(named.id, requested, place, assumedModel);
  return through ?? (named.kind === 'arn-of-profile' ? undefined : { model: assumedModel(named.id), requested });
}

function assumedModel(id: string): FoundationModel {
  const known = foundationModel(id);
  const profiles: readonly Geography[] = ['us', 'eu', 'apac', 'jp', 'au', 'global'];
  if (known) return { ...known, profiles };
  const family = id.startsWith('amazon.') ? 'nova' : 'claude';
  return { id, family, onDemand: true, profiles, contextWindow: Infinity, maxOutput: Infinity, media: true };
}

interface Named {
  readonly kind: 'id' | 'arn-of-model' | 'arn-of-profile';
  readonly id: string;
}

function nameIn(requested: string, { partition, region, accountId }: Place): Named | undefined {
  if (!requested.startsWith('arn:')) return { kind: 'id', id: requested };
  const [, ofPartition, ofRegion, ofAccount, profileId, modelId] = ARN.exec(requested) ?? [];
  if (ofPartition !== partition || ofRegion !== region) return undefined;
  if (modelId !== undefined) return { kind: 'arn-of-model', id: modelId };
  return ofAccount === accountId ? { kind: 'arn-of-profile', id: profileId as string } : undefined;
}

function throughProfile(
  id: string,
  requested: string,
  place: Place,
  modelOf: (id: string) => FoundationModel | undefined,
): Target | undefined {
  const [, geography, modelId = ''] = PROFILE_ID.exec(id) ?? [];
  const model = geography === undefined ? undefined : modelOf(modelId);
  if (!model?.profiles.includes(geography as Geography)) return undefined;
  const regions = regionsOf(geography as Geography, place.region);
  if (!regions) return undefined;
  const arn = `arn:${place.partition}:bedrock:${place.region}:${place.accountId}:inference-profile/${id}`;
  return { model, requested, profile: { id, arn, regions } };
}

/**
 * A global profile's calls are allowed on the model of the calling Region and on the model of no Region.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
 */
function regionsOf(geography: Geography, region: string): readonly string[] | undefined {
  if (geography === 'global') return [region, ''];
  const regions = GEOGRAPHIES[geography];
  return regions.includes(region) ? regions : undefined;
}

export function modelArn(model: FoundationModel, region: string, { partition }: Place): string {
  return `arn:${partition}:bedrock:${region}::foundation-model/${model.id}`;
}
