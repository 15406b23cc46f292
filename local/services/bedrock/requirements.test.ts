import { assumedTarget, findTarget } from './models/target.ts';
import { onModel } from './requirements.ts';

const place = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
const asked = (modelId: string, more = {}) => onModel('bedrock:InvokeModel', more, findTarget(modelId, place), place);

it('a model is asked for in this Region', () => {
  expect(asked('amazon.nova-lite-v1:0')).toEqual([
    {
      action: 'bedrock:InvokeModel',
      resource: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0',
      context: {},
    },
  ]);
});

it('through a profile the profile, and the model in each of its Regions, by that profile', () => {
  const profile = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0';
  const model = (region: string) => ({
    action: 'bedrock:InvokeModel',
    resource: `arn:aws:bedrock:${region}::foundation-model/amazon.nova-lite-v1:0`,
    context: { 'bedrock:InferenceProfileArn': profile, 'aws:RequestedRegion': region },
  });
  const expected = [
    { action: 'bedrock:InvokeModel', resource: profile, context: {} },
    ...['us-east-1', 'us-east-2', 'us-west-2'].map(model),
  ];
  expect(asked('us.amazon.nova-lite-v1:0')).toEqual(expected);
  expect(asked(profile)).toEqual(expected);
});

it('a global profile is on the model here and on the one of no Region', () => {
  const resources = asked('global.amazon.nova-2-lite-v1:0').map(({ resource }) => resource);
  expect(resources).toEqual([
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.amazon.nova-2-lite-v1:0',
    'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0',
    'arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0',
  ]);
});

it('guardrail and tier are told to whoever asks for them', () => {
  const guardrailConfig = { guardrailIdentifier: 'abc', guardrailVersion: '3' };
  expect(asked('amazon.nova-lite-v1:0', { guardrailConfig, serviceTier: { type: 'flex' } })[0]?.context).toEqual({
    'bedrock:GuardrailIdentifier': 'arn:aws:bedrock:us-east-1:123456789012:guardrail/abc:3',
    'bedrock:ServiceTier': 'flex',
  });
});

it('of what nobody knows nothing is asked, unless AWS will say itself what it is', () => {
  expect(asked('anthropic.claude-99')).toEqual([]);
  const assumed = onModel('bedrock:InvokeModel', {}, assumedTarget('us.meta.llama9', place), place);
  expect(assumed.map(({ resource }) => resource)).toEqual([
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama9',
    ...['us-east-1', 'us-east-2', 'us-west-2'].map(
      (region) => `arn:aws:bedrock:${region}::foundation-model/meta.llama9`,
    ),
  ]);
});
