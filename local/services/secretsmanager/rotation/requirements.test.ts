import { createKernel, type Kernel, type Requirement } from '../../../kernel/index.ts';
import { secretsManagerService } from '../index.ts';

const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';

let kernel: Kernel;
let asked: Requirement[];
let denied: RegExp;

beforeEach(async () => {
  asked = [];
  denied = /^nothing$/;
  kernel = createKernel({
    stateDirectory: 'memory',
    accountId: '123456789012',
    region: 'us-east-1',
    doors: () => ({
      may: (_, requirement) => {
        asked.push(requirement);
        return denied.test(requirement.action)
          ? { kind: 'denied', explicit: false, because: 'no policy allows it' }
          : { kind: 'allowed', because: 'in a test' };
      },
    }),
  });
  kernel.registry.add(secretsManagerService({ rotation: 'described' }));
  kernel.registry.add({
    name: 'lambda',
    resourceTypes: [],
    load: async () => ({ providers: {}, operations: { Invoke: { requires: () => [], handle: () => ({}) } } }),
  });
  await call('CreateSecret', { Name: 'db', SecretString: 'one' });
});

afterEach(() => kernel.stop());

function call(operation: string, input: object): Promise<unknown> {
  asked.length = 0;
  return kernel.dispatch({ caller: { kind: 'client' }, service: 'secretsmanager', operation, input });
}

it('whoever turns rotation on must be allowed to, and to invoke the function', async () => {
  await call('RotateSecret', {
    SecretId: 'db',
    RotationLambdaARN: LAMBDA,
    RotationRules: { AutomaticallyAfterDays: 1 },
  });
  expect(asked).toEqual([
    {
      action: 'secretsmanager:RotateSecret',
      resource: expect.stringContaining(':secret:db-'),
      context: {
        'secretsmanager:SecretId': expect.stringContaining(':secret:db-'),
        'secretsmanager:RotationLambdaARN': LAMBDA,
        'secretsmanager:ModifyRotationRules': 'true',
        'secretsmanager:RotateImmediately': 'true',
      },
    },
    { action: 'lambda:InvokeFunction', resource: LAMBDA },
  ]);
});

it('so must whoever only rotates, the function that is known', async () => {
  await call('RotateSecret', { SecretId: 'db', RotationLambdaARN: LAMBDA });
  await call('RotateSecret', { SecretId: 'db', RotateImmediately: false });
  expect(asked.map(({ action, resource }) => [action, resource]).at(-1)).toEqual(['lambda:InvokeFunction', LAMBDA]);
  expect(asked[0]!.context).toMatchObject({
    'secretsmanager:ModifyRotationRules': 'false',
    'secretsmanager:RotateImmediately': 'false',
  });
  denied = /^lambda:/;
  await expect(call('RotateSecret', { SecretId: 'db' })).rejects.toMatchObject({ code: 'AccessDeniedException' });
});

it('the function a secret is rotated by is a key of every call on it', async () => {
  await call('RotateSecret', { SecretId: 'db', RotationLambdaARN: LAMBDA });
  const service = await kernel.registry.service('secretsmanager');
  const { ARN } = (await call('DescribeSecret', { SecretId: 'db' })) as { ARN: string };
  expect(service.resourceFacts!(ARN)?.keys).toEqual({ 'secretsmanager:resource/AllowRotationLambdaArn': LAMBDA });
});

it('what the service calls itself by is nobody else’s', async () => {
  const unknown = { code: 'UnknownOperationException' };
  await expect(call('ContinueRotation', { SecretId: 'db', VersionId: 'v' })).rejects.toMatchObject(unknown);
  await expect(call('OpenRotationWindow', { SecretId: 'db', OpensAt: 0 })).rejects.toMatchObject(unknown);
});
