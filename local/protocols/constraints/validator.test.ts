/**
 * The sentences are those that AWS answered with when it was asked the same; common to nearly all services.
 * https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html (ValidationError)
 */
import { createContext, Script } from 'node:vm';
import fc from 'fast-check';
import { javaPattern, longestTested, matches } from './pattern.ts';
import { CONSTRAINED_SERVICES, type ConstraintTable, constraintTable } from './table.ts';
import { createValidator } from './validator.ts';

async function problems(
  service: string,
  operation: string,
  input: Record<string, unknown>,
): Promise<string | undefined> {
  return createValidator((await constraintTable(service)) as ConstraintTable).problemsOf(operation, input);
}

const ROLE = 'arn:aws:iam::123456789012:role/r';
const FUNCTION = { FunctionName: 'f', Role: ROLE, Code: { ZipFile: new Uint8Array(1) } };

describe('an input that breaks a rule', () => {
  it.each([
    [
      'lambda',
      'CreateFunction',
      { ...FUNCTION, Role: 'r1' },
      "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    ],
    [
      'lambda',
      'CreateFunction',
      { ...FUNCTION, Architectures: ['x86_64', 'arm64'] },
      "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
    ],
    [
      'lambda',
      'CreateFunction',
      { ...FUNCTION, Architectures: ['X86_64'] },
      "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
    ],
    [
      'lambda',
      'CreateFunction',
      { ...FUNCTION, VpcConfig: { SubnetIds: ['bad'] } },
      "1 validation error detected: Value '[bad]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]",
    ],
    [
      'lambda',
      'CreateFunction',
      { ...FUNCTION, SnapStart: { ApplyOn: 'invalidOption' } },
      "1 validation error detected: Value 'invalidOption' at 'snapStart.applyOn' failed to satisfy constraint: Member must satisfy enum value set: [PublishedVersions, None]",
    ],
    [
      'lambda',
      'CreateFunction',
      { ...FUNCTION, Environment: { Variables: { '1': 'secret' } } },
      "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    ],
    [
      'lambda',
      'CreateAlias',
      { FunctionName: 'f', Name: 'a', FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { 2: 2 } } },
      "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
    ],
    [
      'lambda',
      'CreateAlias',
      {
        FunctionName: 'f',
        Name: 'a',
        FunctionVersion: '1',
        RoutingConfig: { AdditionalVersionWeights: { $LATEST: 0.5 } },
      },
      "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
    ],
    [
      'lambda',
      'CreateAlias',
      { FunctionName: 'f', Name: '2024', FunctionVersion: '1' },
      "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    ],
    [
      'lambda',
      'PutProvisionedConcurrencyConfig',
      { FunctionName: 'f', Qualifier: '1', ProvisionedConcurrentExecutions: 0 },
      "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      'lambda',
      'UntagResource',
      { Resource: 'arn:aws:lambda:us-east-1:123456789012:function:f' },
      "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
    ],
    [
      'sts',
      'AssumeRole',
      { RoleArn: `${ROLE}-and-more`, RoleSessionName: 'Session1:2' },
      "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ],
    [
      'events',
      'PutTargets',
      { Rule: 'r', Targets: [{ Id: '!@#$@!#$', Arn: ROLE }] },
      "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    ],
    [
      'sns',
      'Publish',
      { Message: 'm', MessageAttributes: { attr1: { StringValue: 'v' } } },
      "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
    ],
    [
      'logs',
      'FilterLogEvents',
      { logGroupName: 'g', limit: 10_001 },
      "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000",
    ],
  ])('%s %s %j', async (service, operation, input, expected) => {
    expect(await problems(service, operation, input)).toBe(expected);
  });

  it('is told everything at once, the pattern before the length', async () => {
    const Name = 'This should fail with two errors 123467890123412341234123412341234';
    expect(await problems('events', 'PutRule', { Name, State: 'OPEN' })).toMatch(
      /^3 validation errors detected: Value '.+' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: .+; Value '.+' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64; Value 'OPEN' at 'state' failed to satisfy constraint: Member must satisfy enum value set: \[.+\]$/,
    );
  });

  it('has what is sensitive never quoted', async () => {
    expect(await problems('secretsmanager', 'CreateSecret', { Name: 'a', SecretString: 'x'.repeat(65_537) })).toBe(
      "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
    );
  });

  it('is let through where the service itself decides', async () => {
    expect(await problems('lambda', 'CreateFunction', { ...FUNCTION, Runtime: 'cobol' })).toBeUndefined();
    expect(await problems('lambda', 'Invoke', { FunctionName: 'f' })).toBeUndefined();
    expect(await problems('lambda', 'NoSuchOperation', {})).toBeUndefined();
  });
});

/** Every pattern of every table, and how long values may be. */
async function allPatterns(): Promise<{ pattern: string; max: number | undefined }[]> {
  const found: { pattern: string; max: number | undefined }[] = [];
  for (const service of CONSTRAINED_SERVICES) {
    for (const shape of (await constraintTable(service))!.shapes) {
      if ('pattern' in shape && shape.pattern !== undefined) found.push({ pattern: shape.pattern, max: shape.max });
    }
  }
  return found;
}

describe('the patterns of the models', () => {
  it('can all be said in JavaScript', async () => {
    expect((await allPatterns()).filter(({ pattern }) => javaPattern(pattern) === undefined)).toEqual([]);
  });

  it.each([
    ['[a-zA-Z0-9-_]+', 'a-b_c', 'a b'],
    ['(?s).*', 'a\nb', undefined],
    ['[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*', 'äß 1-@', '!'],
    ['[\\u0009\\u000A\\u000D\\u0020-\\u007E]+', 'a\n', 'ä'],
    ['^[\\p{Alnum}\\-]+$', 'a1-', 'ä'],
  ])('mean what Java means: %s', (pattern, fits, fails) => {
    expect(matches(pattern, fits, undefined)).toBe(true);
    if (fails !== undefined) expect(matches(pattern, fails, undefined)).toBe(false);
  });

  it('answer at once, whatever they are held against', async () => {
    const units = ['a', '0', 'A', '-', '.', '/', ':', 'a/', 'arn:aws:', 'a,', ' ', '/a'];
    const context = createContext({});
    const script = new Script('expression.test(value)');
    const slow: string[] = [];
    for (const { pattern, max } of await allPatterns()) {
      context['expression'] = javaPattern(pattern);
      for (const text of units.flatMap((unit) => ['!', '\n', '/'].map((end) => [unit, end] as const))) {
        const [unit, end] = text;
        context['value'] = unit.repeat(Math.max(1, Math.floor((longestTested(max) - 1) / unit.length))) + end;
        try {
          script.runInContext(context, { timeout: 1000 });
        } catch {
          slow.push(`${pattern} with ${JSON.stringify(text)}`);
          break;
        }
      }
    }
    expect(slow).toEqual([]);
  }, 60_000);

  it('are not asked about values that no model allows', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8193, maxLength: 9000 }), (value) => {
        expect(matches('(a+)+b', value, undefined)).toBe(true);
      }),
      { numRuns: 5 },
    );
  });
});
