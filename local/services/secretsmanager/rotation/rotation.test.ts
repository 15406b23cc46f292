import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  existingResource,
  resourceRequest,
  startTestCloud,
  type TestCloud,
} from '../../../doors/aws-endpoint/testing.ts';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, ServiceDefinition } from '../../../kernel/service.ts';
import { secretsManagerService } from '../index.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;
const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';
const TOKEN = 'ttttttttttttttttttttttttttttttttt';

interface RotationEvent {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

let cloud: TestCloud;
let client: SecretsManagerClient;
/** What the rotation function does at each step; the usual thing when nothing is said. */
let behave: (event: RotationEvent) => unknown;
let steps: string[];
let events: RotationEvent[];
let invokedBy: CallContext['principal'] | undefined;
/** The function's policy. */
let mayInvoke: boolean;

/** A rotation function as AWS's templates are, with a password that counts. */
async function rotate({ Step, SecretId, ClientRequestToken }: RotationEvent): Promise<unknown> {
  const { VersionIdsToStages = {}, RotationEnabled } = await client.send(new DescribeSecretCommand({ SecretId }));
  const labels = VersionIdsToStages[ClientRequestToken];
  if (!RotationEnabled || !labels) throw new Error('not under rotation');
  if (labels.includes('AWSCURRENT')) return;
  if (!labels.includes('AWSPENDING')) throw new Error('not pending');
  const pending = { SecretId, VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' };
  if (Step === 'createSecret') {
    const exists = await client.send(new GetSecretValueCommand(pending)).then(
      () => true,
      () => false,
    );
    if (exists) return;
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    const next = { SecretString: `${SecretString}+`, VersionStages: ['AWSPENDING'] };
    await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, ...next }));
  }
  if (Step === 'testSecret') await client.send(new GetSecretValueCommand(pending));
  if (Step === 'finishSecret') {
    const from = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'));
    const move = { VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId: from };
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, ...move }));
  }
}

/** Stands where Lambda stands: one function. */
const lambda: ServiceDefinition = {
  name: 'lambda',
  resourceTypes: [],
  load: async () => ({
    providers: {},
    operations: {
      Invoke: {
        requires: () => [],
        async handle(input: { FunctionName: string; InvocationType?: string; Payload?: string }, { principal }) {
          invokedBy = principal;
          if (input.FunctionName !== LAMBDA) throw new AwsError('ResourceNotFoundException', 'Function not found');
          if (!mayInvoke) throw new AwsError('AccessDeniedException', 'not authorized');
          if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
          const event = JSON.parse(input.Payload!) as RotationEvent;
          events.push(event);
          steps.push(event.Step);
          try {
            await behave(event);
            return { StatusCode: 200, Payload: 'null' };
          } catch (error) {
            if (error instanceof AwsError) throw error;
            const { name: errorType, message: errorMessage } = error as Error;
            return { FunctionError: 'Unhandled', Payload: JSON.stringify({ errorType, errorMessage }) };
          }
        },
      },
    },
  }),
};

beforeEach(async () => {
  cloud = await startTestCloud([secretsManagerService(), lambda]);
  client = new SecretsManagerClient(cloud.client);
  behave = rotate;
  steps = [];
  events = [];
  invokedBy = undefined;
  mayInvoke = true;
  await client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
});

afterEach(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

const send = (input: Partial<RotateSecretCommandInput> = {}) =>
  client.send(new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: LAMBDA, ...input }));
const describeSecret = () => client.send(new DescribeSecretCommand({ SecretId: 'db' }));
const value = async (VersionStage = 'AWSCURRENT') =>
  (await client.send(new GetSecretValueCommand({ SecretId: 'db', VersionStage }))).SecretString;
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'nothing was refused',
    (error) => `${error.name}: ${error.message}`,
  );
const idle = () => cloud.kernel.outbox.idle();

/** Real requests go on while the clock stands. */
async function pass(ms: number): Promise<void> {
  await cloud.clock.advance(ms);
  await idle();
}

const said = () =>
  (cloud.kernel.telemetry.logs.filter({ group: '/sampan' })?.events ?? [])
    .map(({ message }) => message)
    .filter((message) => message.startsWith('Secrets Manager: '))
    .map((message) => message.slice('Secrets Manager: '.length).replace(/, version [\w-]+/, ''));

const ALL = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
const IN_PROGRESS = "InvalidRequestException: A previous rotation isn't complete. That rotation will be reattempted.";

describe('RotateSecret', () => {
  it('runs the four steps, one after the other, and says so', async () => {
    const { VersionId, Name } = await send({ RotationRules: { AutomaticallyAfterDays: 30 } });
    await idle();
    expect(Name).toBe('db');
    expect(steps).toEqual(ALL);
    expect(new Set(events.map(({ ClientRequestToken }) => ClientRequestToken))).toEqual(new Set([VersionId]));
    expect([await value(), await value('AWSPREVIOUS')]).toEqual(['one+', 'one']);
    const described = await describeSecret();
    expect(described).toMatchObject({
      RotationEnabled: true,
      RotationLambdaARN: LAMBDA,
      RotationRules: { AutomaticallyAfterDays: 30 },
      LastRotatedDate: new Date('2026-11-21T12:00:00Z'),
      NextRotationDate: new Date('2026-12-21T23:59:59Z'),
    });
    expect(described.VersionIdsToStages![VersionId!]).toEqual(['AWSPENDING', 'AWSCURRENT']);
    expect(said()).toEqual(['RotationStarted of db', 'RotationSucceeded of db']);
  });

  it('asks in its own name, for the secret', async () => {
    const { ARN } = await send();
    await idle();
    expect(invokedBy).toMatchObject({
      kind: 'service',
      service: 'secretsmanager.amazonaws.com',
      sourceArn: ARN,
      sourceAccount: '123456789012',
    });
    expect(events[0]).toMatchObject({ SecretId: ARN, RotationToken: expect.any(String) });
  });

  it('needs to know the function once', async () => {
    expect(await refusal(send({ RotationLambdaARN: undefined }))).toBe(
      'InvalidRequestException: No Lambda rotation function ARN is associated with this secret.',
    );
    await send();
    await idle();
    await send({ RotationLambdaARN: undefined });
    await idle();
    expect(await value()).toBe('one++');
  });

  it('is refused where the function’s policy does not let Secrets Manager in, and changes nothing', async () => {
    mayInvoke = false;
    const refused =
      'AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.';
    expect(await refusal(send())).toBe(refused);
    mayInvoke = true;
    expect(await refusal(send({ RotationLambdaARN: `${LAMBDA}-elsewhere` }))).toBe(refused);
    const { RotationEnabled, VersionIdsToStages } = await describeSecret();
    expect(RotationEnabled).toBeUndefined();
    expect(Object.values(VersionIdsToStages!)).toEqual([['AWSCURRENT']]);
  });

  it('uses the caller’s token, and twice the same is once', async () => {
    expect((await send({ ClientRequestToken: TOKEN })).VersionId).toBe(TOKEN);
    expect((await send({ ClientRequestToken: TOKEN })).VersionId).toBe(TOKEN);
    await idle();
    await send({ ClientRequestToken: TOKEN });
    await idle();
    expect(steps).toEqual(ALL);
  });

  it('is refused for a secret that goes, one that is not there, and rules that are none', async () => {
    expect(await refusal(send({ SecretId: 'elsewhere' }))).toMatch(/^ResourceNotFoundException/);
    expect(await refusal(send({ RotationRules: { ScheduleExpression: 'rate(1 hour)' } }))).toMatch(
      /^InvalidParameterException/,
    );
    expect(await refusal(send({ RotationRules: { Duration: '2h' } }))).toMatch(/^InvalidParameterException/);
    await client.send(new DeleteSecretCommand({ SecretId: 'db' }));
    expect(await refusal(send())).toMatch(/^InvalidRequestException.*marked for deletion/);
  });

  it('without rotating at once tests the function on a copy, and leaves nothing of it', async () => {
    let tested: string | undefined;
    behave = async (event) => {
      const pending = { SecretId: event.SecretId, VersionId: event.ClientRequestToken, VersionStage: 'AWSPENDING' };
      tested = (await client.send(new GetSecretValueCommand(pending))).SecretString;
    };
    await send({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 1 } });
    await idle();
    expect([steps, tested]).toEqual([['testSecret'], 'one']);
    const { VersionIdsToStages, LastRotatedDate, NextRotationDate } = await describeSecret();
    expect(Object.values(VersionIdsToStages!)).toEqual([['AWSCURRENT']]);
    expect([LastRotatedDate, NextRotationDate]).toEqual([undefined, new Date('2026-11-22T23:59:59Z')]);
    expect(said()).toEqual(['TestRotationStarted of db', 'TestRotationSucceeded of db']);
  });

  it('says so when the test fails, and keeps the schedule', async () => {
    behave = () => Promise.reject(new TypeError('no way'));
    await send({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 1 } });
    await idle();
    expect(said()[1]).toBe('TestRotationFailed of db: testSecret: TypeError: no way');
    behave = rotate;
    await pass(DAY);
    expect(await value()).toBe('one+');
  });

  it('right after such a test rotates all the same', async () => {
    await send({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 1 } });
    await send();
    await idle();
    expect(await value()).toBe('one+');
    expect(Object.keys((await describeSecret()).VersionIdsToStages!)).toHaveLength(2);
  });
});

describe('a rotation that fails', () => {
  it.each(ALL)('at %s is tried again as a whole, with the same version', async (failing) => {
    let failures = 1;
    behave = (event) => {
      if (event.Step === failing && failures-- > 0) throw new Error('away');
      return rotate(event);
    };
    await send();
    await idle();
    expect(said()[1]).toBe(`RotationFailed of db, tried again in 1 min: ${failing}: Error: away`);
    expect(await value()).toBe('one');
    await pass(MINUTE);
    expect(steps).toEqual([...ALL.slice(0, ALL.indexOf(failing) + 1), ...ALL]);
    expect(new Set(events.map(({ ClientRequestToken }) => ClientRequestToken)).size).toBe(1);
    expect(await value()).toBe('one+');
  });

  it('is given up after five tries, and taken up in the next window', async () => {
    behave = () => Promise.reject(new Error('away'));
    const { VersionId } = await send({ RotationRules: { AutomaticallyAfterDays: 7 } });
    await idle();
    for (const minutes of [1, 2, 4, 8, 16]) await pass(minutes * MINUTE);
    expect(steps).toEqual(Array(5).fill('createSecret'));
    expect(said().at(-1)).toBe(
      'RotationFailed of db, tried again when its window opens, 2026-11-28T00:00:00.000Z: createSecret: Error: away',
    );
    expect((await describeSecret()).VersionIdsToStages![VersionId!]).toEqual(['AWSPENDING']);
    expect(await refusal(value('AWSPENDING') as Promise<unknown>)).toBe(
      "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    );
    behave = rotate;
    await pass(7 * DAY);
    expect(events.at(-1)!.ClientRequestToken).toBe(VersionId);
    expect(await value()).toBe('one+');
  });

  it('stands in the way of another, which is an occasion to try again', async () => {
    behave = () => Promise.reject(new Error('away'));
    await send();
    await idle();
    behave = rotate;
    expect(await refusal(send())).toBe(IN_PROGRESS);
    await idle();
    expect(await value()).toBe('one+');
    await send();
    await idle();
    expect(await value()).toBe('one++');
  });

  it('is one whose function forgets to finish', async () => {
    behave = (event) => (event.Step === 'finishSecret' ? undefined : rotate(event));
    await send();
    await idle();
    expect(said()[1]).toMatch(
      /^RotationFailed of db, tried again in 1 min: finishSecret: the function did not move AWSCURRENT to version/,
    );
  });

  it('is not one whose function has no room for a while', async () => {
    let full = 3;
    behave = async (event) => {
      if (event.Step === 'setSecret' && full-- > 0) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.');
      await rotate(event);
    };
    await send();
    while (steps.length < 6) await cloud.clock.advance(500);
    await idle();
    expect(await value()).toBe('one+');
    expect(said()).toEqual(['RotationStarted of db', 'RotationSucceeded of db']);
  });

  it('is one whose function may not be invoked any more', async () => {
    behave = (event) => {
      mayInvoke = false;
      return rotate(event);
    };
    await send();
    await idle();
    expect(said()[1]).toMatch(
      /^RotationFailed of db, tried again in 1 min: setSecret: .*could not be invoked: AccessDeniedException/,
    );
  });
});

describe('rotations at the same time', () => {
  it('do not happen: while one runs, another is refused', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    behave = async (event) => {
      if (event.Step === 'setSecret') await held;
      return rotate(event);
    };
    await send();
    while (!steps.includes('setSecret')) await new Promise((resolve) => setImmediate(resolve));
    expect(await Promise.all([refusal(send()), refusal(send())])).toEqual([IN_PROGRESS, IN_PROGRESS]);
    release();
    await idle();
    expect(steps).toEqual(ALL);
    expect(await value()).toBe('one+');
  });

  it('are one, of many that are asked for at once', async () => {
    const asked = await Promise.all(Array.from({ length: 10 }, () => refusal(send())));
    await idle();
    expect(asked.filter((answer) => answer === 'nothing was refused')).toHaveLength(1);
    expect(new Set(asked)).toEqual(new Set(['nothing was refused', IN_PROGRESS]));
    expect(await value()).toBe('one+');
  });
});

describe('CancelRotateSecret', () => {
  const cancel = () => client.send(new CancelRotateSecretCommand({ SecretId: 'db' }));

  it('turns the schedule off until RotateSecret turns it on again', async () => {
    await send({ RotationRules: { AutomaticallyAfterDays: 1 } });
    await idle();
    await cancel();
    expect(await describeSecret()).toMatchObject({ RotationEnabled: false, RotationLambdaARN: LAMBDA });
    expect((await describeSecret()).NextRotationDate).toBeUndefined();
    await pass(3 * DAY);
    expect(await value()).toBe('one+');
    await send({ RotationLambdaARN: undefined });
    await idle();
    await pass(DAY);
    expect(await value()).toBe('one+++');
  });

  it('ends a rotation between two steps, and leaves the label for its caller to take away', async () => {
    behave = async (event) => {
      if (event.Step === 'setSecret') await cancel();
      else await rotate(event);
    };
    const { VersionId } = await send();
    await idle();
    expect(steps).toEqual(['createSecret', 'setSecret']);
    expect((await cancel()).VersionId).toBe(VersionId);
    expect(await value()).toBe('one');
    behave = rotate;
    expect(await refusal(send())).toBe(IN_PROGRESS);
    await idle();
    expect(await value()).toBe('one+');
  });

  it('of a secret that was never rotated changes nothing', async () => {
    expect(await cancel()).toMatchObject({ Name: 'db' });
    expect((await describeSecret()).RotationEnabled).toBeUndefined();
  });
});

describe('a schedule', () => {
  it('rotates in every window, on the kernel’s clock', async () => {
    await send({ RotateImmediately: false, RotationRules: { ScheduleExpression: 'rate(4 hours)' } });
    await pass(3 * HOUR);
    expect(await value()).toBe('one');
    for (const [hours, expected] of [
      [1, 'one+'],
      [4, 'one++'],
      [4, 'one+++'],
    ] as const) {
      await pass(hours * HOUR);
      expect(await value()).toBe(expected);
    }
    expect((await describeSecret()).LastRotatedDate).toEqual(new Date('2026-11-22T00:00:00Z'));
  });

  it('that changes leaves no trace of the one before', async () => {
    await send({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 1 } });
    await send({ RotateImmediately: false, RotationRules: { ScheduleExpression: 'cron(0 6 ? * MON *)' } });
    await pass(DAY);
    expect(await value()).toBe('one');
    await pass(DAY);
    expect(await value()).toBe('one+');
    expect((await describeSecret()).NextRotationDate).toEqual(new Date('2026-11-30T23:59:59Z'));
  });

  it('of days counts from a value that was put by hand', async () => {
    await send({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 2 } });
    await pass(DAY + 13 * HOUR);
    await client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'by hand' }));
    await pass(DAY);
    expect(await value()).toBe('by hand');
    await pass(DAY);
    expect(await value()).toBe('by hand+');
  });

  it('ends with the secret', async () => {
    await send({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 1 } });
    await idle();
    await client.send(new DeleteSecretCommand({ SecretId: 'db', ForceDeleteWithoutRecovery: true }));
    steps = [];
    await pass(3 * DAY);
    expect(steps).toEqual([]);
  });
});

describe('a secret that another service keeps', () => {
  const AS_RDS = { kind: 'internal', service: 'rds.amazonaws.com' } as const;
  let asked: { readonly SecretId: string; readonly ClientRequestToken: string }[];

  beforeEach(async () => {
    asked = [];
    cloud.kernel.registry.add({
      name: 'rds',
      resourceTypes: [],
      load: async () => ({
        providers: {},
        operations: {
          RotateManagedSecret: {
            requires: () => [],
            handle: async (input: (typeof asked)[number]) => {
              asked.push(input);
              const { SecretId, ClientRequestToken } = input;
              const call = { caller: AS_RDS, service: 'secretsmanager', operation: 'PutSecretValue' } as const;
              await cloud.kernel.dispatch({ ...call, input: { SecretId, ClientRequestToken, SecretString: 'new' } });
            },
          },
        },
      }),
    });
    const input = { Name: 'rds!db-1', SecretString: 'old' };
    await cloud.kernel.dispatch({ caller: AS_RDS, service: 'secretsmanager', operation: 'CreateSecret', input });
  });

  it('says whose it is, and is found by it', async () => {
    const { SecretList = [] } = await client.send(
      new ListSecretsCommand({ Filters: [{ Key: 'owning-service', Values: ['rds'] }] }),
    );
    expect(SecretList).toMatchObject([
      { Name: 'rds!db-1', OwningService: 'rds', RotationEnabled: true, RotationRules: { AutomaticallyAfterDays: 7 } },
    ]);
  });

  it('is rotated by that service, every week and at once', async () => {
    await pass(7 * DAY);
    expect(asked).toHaveLength(1);
    const { VersionId } = await send({ SecretId: 'rds!db-1', RotationLambdaARN: undefined });
    await idle();
    expect(asked[1]).toMatchObject({ ClientRequestToken: VersionId });
    const rules = { AutomaticallyAfterDays: 30 };
    await send({ SecretId: 'rds!db-1', RotationLambdaARN: undefined, RotationRules: rules, RotateImmediately: false });
    await idle();
    expect(asked).toHaveLength(2);
  });

  it('takes no function, and its rotation does not end', async () => {
    expect(await refusal(send({ SecretId: 'rds!db-1' }))).toMatch(/^InvalidRequestException: .*managed by rds/);
    expect(await refusal(client.send(new CancelRotateSecretCommand({ SecretId: 'rds!db-1' })))).toMatch(
      /^InvalidRequestException: .*managed by rds/,
    );
  });
});

describe('AWS::SecretsManager::RotationSchedule', () => {
  const TYPE = 'AWS::SecretsManager::RotationSchedule';
  const provider = async () => (await cloud.kernel.registry.service('secretsmanager')).providers[TYPE]!;
  const PROPERTIES = { SecretId: 'db', RotationLambdaARN: LAMBDA, RotationRules: { AutomaticallyAfterDays: '30' } };

  it('rotates at once, unless told otherwise, and stops when it goes', async () => {
    const request = resourceRequest(TYPE, PROPERTIES);
    const made = existingResource(request, await (await provider()).create(request));
    await idle();
    expect(made.physicalId).toBe((await describeSecret()).ARN);
    expect(await value()).toBe('one+');
    const waiting = { ...PROPERTIES, RotateImmediatelyOnUpdate: 'false' };
    await (await provider()).update(resourceRequest(TYPE, waiting), made);
    await idle();
    expect(await value()).toBe('one+');
    await (await provider()).delete(made);
    expect((await describeSecret()).RotationEnabled).toBe(false);
  });

  it('fails the deploy where the function does not let Secrets Manager in', async () => {
    mayInvoke = false;
    await expect((await provider()).create(resourceRequest(TYPE, PROPERTIES))).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('cannot invoke the specified Lambda function'),
    });
  });
});
