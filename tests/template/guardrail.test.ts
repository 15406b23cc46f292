/** What guardrail puts back is what the template says, of every bucket that its rule, its role and its variables name. */
import type { JsonObject } from '../../local/template/index.ts';
import { load, statementsOf, variablesOf } from './template.ts';

const template = load();
const policies = JSON.parse(variablesOf(template.get('GuardrailFunction'))['GUARDED_POLICIES']!) as JsonObject;

it('each guarded bucket has the policy that the function would put back, and blocks all public access', () => {
  expect(Object.keys(policies)).toContain('AttachmentsBucket');
  for (const [bucket, policy] of Object.entries(policies)) {
    const own = template.of('AWS::S3::BucketPolicy').filter(({ properties }) => properties['Bucket'] === bucket);
    expect(own.map(({ properties }) => properties['PolicyDocument'])).toEqual([policy]);
    // A deployment's own change comes after what is wanted is known.
    expect(own[0]!.dependsOn).toContain('GuardrailFunction');
    expect(template.get(bucket).properties['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  }
});

it('the rule and the role name the same buckets', () => {
  const { detail } = template.get('GuardrailRule').properties['EventPattern'] as { detail: JsonObject };
  expect(detail['requestParameters']).toEqual({ bucketName: Object.keys(policies) });
  const onBuckets = statementsOf(template.get('GuardrailRole')).filter(({ actions }) =>
    actions.some((action) => action.startsWith('s3:')),
  );
  expect(onBuckets.flatMap(({ resources }) => resources)).toEqual(Object.keys(policies).map((name) => `${name}.Arn`));
});

it('an account that has a trail gets no second one', () => {
  const types = ['AWS::CloudTrail::Trail', 'AWS::S3::BucketPolicy'];
  const made = (parameters: Record<string, string>) =>
    types.map((type) =>
      load(parameters)
        .of(type)
        .map(({ logicalId }) => logicalId),
    );
  expect(made({})).toEqual([['Trail'], ['AttachmentsBucketPolicy', 'TrailBucketPolicy']]);
  expect(made({ ManagementTrail: 'existing' })).toEqual([[], ['AttachmentsBucketPolicy']]);
});
