/**
 * The models that are known here, as of November 2026: what decides whether a call is let through. Others exist on AWS;
 * `--bedrock aws` asks it whatever the id is.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
 */

/** Prefix of an inference profile, and the Regions its calls may go to. */
export type Geography = 'us' | 'eu' | 'apac' | 'jp' | 'au' | 'global';

export interface FoundationModel {
  /** e.g. `anthropic.claude-haiku-4-5-20251001-v1:0` */
  readonly id: string;
  /** Whose request and response bodies InvokeModel takes. */
  readonly family: 'claude' | 'nova';
  /** Whether the id alone may be called, without an inference profile. */
  readonly onDemand: boolean;
  readonly profiles: readonly Geography[];
  /** Tokens. */
  readonly contextWindow: number;
  /** Tokens; the most that `maxTokens` may ask for. */
  readonly maxOutput: number;
  /** Images and documents in the prompt. */
  readonly media: boolean;
  /** ISO date from which on AWS answers that it is no longer there. */
  readonly endOfLife?: string;
  /** `any` and `tool` as tool choice are refused. */
  readonly refusesForcedTools?: true;
  /** `temperature` and `topP` are refused. */
  readonly refusesSampling?: true;
}

/** Regions that calls through a geography's profiles go to, and from which they may be made. */
export const GEOGRAPHIES: Readonly<Record<Exclude<Geography, 'global'>, readonly string[]>> = {
  us: ['us-east-1', 'us-east-2', 'us-west-2'],
  eu: ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'],
  apac: [
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-northeast-3',
    'ap-south-1',
    'ap-south-2',
    'ap-southeast-1',
    'ap-southeast-2',
    'ap-southeast-4',
  ],
  jp: ['ap-northeast-1', 'ap-northeast-3'],
  au: ['ap-southeast-2', 'ap-southeast-4'],
};

type Row = Partial<Omit<FoundationModel, 'id' | 'family'>>;

const claude = (name: string, profiles: string, maxOutput: number, row: Row = {}): FoundationModel => ({
  id: `anthropic.claude-${name}`,
  family: 'claude',
  onDemand: false,
  profiles: geographies(profiles),
  contextWindow: 200_000,
  maxOutput,
  media: true,
  ...row,
});

const nova = (name: string, profiles: string, maxOutput: number, row: Row = {}): FoundationModel => ({
  id: `amazon.nova-${name}-v1:0`,
  family: 'nova',
  onDemand: true,
  profiles: geographies(profiles),
  contextWindow: 300_000,
  maxOutput,
  media: true,
  ...row,
});

const WIDE = { contextWindow: 1_000_000 };
/** Since Claude 5.5: no sampling parameters. */
const RECENT = { ...WIDE, refusesSampling: true } as const;

const MODELS: readonly FoundationModel[] = [
  claude('haiku-5-5', 'us eu jp au global', 64_000, RECENT),
  claude('sonnet-5-5', 'us eu jp au global', 128_000, { ...RECENT, refusesForcedTools: true }),
  claude('opus-5-5', 'us eu jp au global', 128_000, { ...RECENT, refusesForcedTools: true }),
  claude('sonnet-5', 'us eu jp au global', 128_000, WIDE),
  claude('opus-5', 'us eu jp au global', 128_000, RECENT),
  claude('opus-4-7', 'us eu jp au global', 128_000, RECENT),
  claude('sonnet-4-6', 'us eu jp au global', 64_000, WIDE),
  claude('opus-4-6-v1', 'us eu jp au global', 128_000, WIDE),
  claude('opus-4-5-20251101-v1:0', 'us eu global', 64_000),
  claude('haiku-4-5-20251001-v1:0', 'us eu jp au global', 64_000),
  claude('sonnet-4-5-20250929-v1:0', 'us eu jp au global', 64_000),
  claude('opus-4-1-20250805-v1:0', 'us', 32_000),
  claude('sonnet-4-20250514-v1:0', 'us eu apac global', 64_000),
  claude('3-7-sonnet-20250219-v1:0', 'us eu apac', 64_000, { endOfLife: '2026-04-28' }),
  claude('3-5-haiku-20241022-v1:0', 'us', 8_192, { media: false, endOfLife: '2026-06-19' }),
  claude('3-5-sonnet-20241022-v2:0', 'us apac', 8_192, { endOfLife: '2026-03-01' }),
  claude('3-5-sonnet-20240620-v1:0', 'us eu apac', 8_192, { endOfLife: '2026-03-01' }),
  claude('3-haiku-20240307-v1:0', 'us eu apac', 4_096, { onDemand: true, endOfLife: '2026-09-10' }),
  nova('2-lite', 'us eu apac jp global', 64_000, { ...WIDE, onDemand: false }),
  nova('premier', 'us', 32_000, { ...WIDE, onDemand: false }),
  nova('pro', 'us eu apac', 10_000),
  nova('lite', 'us eu apac', 10_000),
  nova('micro', 'us eu apac', 10_000, { contextWindow: 128_000, media: false }),
];

const byId: ReadonlyMap<string, FoundationModel> = new Map(MODELS.map((model) => [model.id, model]));

export const foundationModels = (): readonly FoundationModel[] => MODELS;

export function foundationModel(id: string): FoundationModel | undefined {
  return byId.get(id);
}

function geographies(words: string): readonly Geography[] {
  return words.split(' ') as Geography[];
}
