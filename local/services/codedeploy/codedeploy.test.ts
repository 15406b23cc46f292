/** https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-example.html#appspec-file-example-lambda */
import { describe, expect, test } from '@jest/globals';
import { readAppSpec } from './app-spec.ts';
import { trafficSteps } from './deployment-configs.ts';

const SPEC = {
  functionName: 'shop',
  alias: 'live',
  currentVersion: '1',
  targetVersion: '2',
  beforeAllowTraffic: 'check-before',
  afterAllowTraffic: 'check-after',
};

describe('an AppSpec file', () => {
  test('is read from YAML', () => {
    const text = `version: 0.0
Resources:
  - shop:
      Type: AWS::Lambda::Function
      Properties:
        Name: "shop"
        Alias: "live"
        CurrentVersion: "1"
        TargetVersion: "2"
Hooks:
  - BeforeAllowTraffic: "check-before"
  - AfterAllowTraffic: "check-after"
`;
    expect(readAppSpec(text)).toEqual(SPEC);
  });

  test('is read from JSON, hooks or not', () => {
    const Properties = { Name: 'shop', Alias: 'live', CurrentVersion: '1', TargetVersion: 2 };
    const text = JSON.stringify({ version: 0, Resources: [{ shop: { Type: 'AWS::Lambda::Function', Properties } }] });
    expect(readAppSpec(text)).toEqual({ ...SPEC, beforeAllowTraffic: undefined, afterAllowTraffic: undefined });
  });

  test.each(['{', 'a: [', '{}', '{"Resources":[{"shop":{"Properties":{"Name":"shop"}}}]}'])(
    'is refused: %s',
    (text) => {
      expect(() => readAppSpec(text)).toThrow(expect.objectContaining({ code: 'InvalidRevisionException' }));
    },
  );
});

describe('the steps of traffic', () => {
  test('of a canary', () => {
    expect(trafficSteps({ kind: 'canary', percentage: 10, minutes: 5 })).toEqual([
      { percent: 10, minutes: 5 },
      { percent: 100, minutes: 0 },
    ]);
  });

  test('end at a hundred percent even where the share does not go into it', () => {
    const percents = trafficSteps({ kind: 'linear', percentage: 30, minutes: 1 }).map(({ percent }) => percent);
    expect(percents).toEqual([30, 60, 90, 100]);
  });
});
