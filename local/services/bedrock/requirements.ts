/**
 * What IAM asks before a model is called. Through an inference profile a call is on the profile and on the model in
 * every Region that it may go to; each of them must be allowed.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html
 */
import type { Requirement } from '../../kernel/service.ts';
import { modelArn, type Place, type Target } from './models/target.ts';

export interface Asked {
  readonly guardrailConfig?: { readonly guardrailIdentifier?: string; readonly guardrailVersion?: string };
  readonly serviceTier?: { readonly type?: string } | string;
}

/** None for ids that nobody knows (no `target`): the answer is then that there is no such model. */
export function onModel(
  action: string,
  asked: Asked,
  target: Target | undefined,
  place: Place,
): readonly Requirement[] {
  if (!target) return [];
  const { model, profile } = target;
  const given = keysOf(asked, place);
  if (!profile) return [{ action, resource: modelArn(model, place.region, place), context: given }];
  return [
    { action, resource: profile.arn, context: given },
    ...profile.regions.map((region) => ({
      action,
      resource: modelArn(model, region, place),
      context: {
        ...given,
        'bedrock:InferenceProfileArn': profile.arn,
        'aws:RequestedRegion': region === '' ? 'unspecified' : region,
      },
    })),
  ];
}

function keysOf({ guardrailConfig, serviceTier }: Asked, place: Place): Record<string, string> {
  const tier = typeof serviceTier === 'string' ? serviceTier : serviceTier?.type;
  return {
    ...(guardrailConfig?.guardrailIdentifier && {
      'bedrock:GuardrailIdentifier': guardrailArn(guardrailConfig, place),
    }),
    ...(tier && { 'bedrock:ServiceTier': tier }),
  };
}

/** With its version, unless that is the draft. */
function guardrailArn(
  { guardrailIdentifier = '', guardrailVersion }: NonNullable<Asked['guardrailConfig']>,
  { partition, region, accountId }: Place,
): string {
  const arn = guardrailIdentifier.startsWith('arn:')
    ? guardrailIdentifier
    : `arn:${partition}:bedrock:${region}:${accountId}:guardrail/${guardrailIdentifier}`;
  return guardrailVersion && guardrailVersion !== 'DRAFT' ? `${arn}:${guardrailVersion}` : arn;
}
