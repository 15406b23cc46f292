import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Kernel } from '../kernel.ts';
import { ManualClock } from '../manual-clock.ts';
import type { StackEvent } from './contract.ts';
import { openShop, Shop, stackOf } from './shop.fixture.ts';

const kernels: Kernel[] = [];
const directories: string[] = [];

function open(shop = new Shop(), stateDirectory = 'memory', clock?: ManualClock) {
  const { kernel, reconciler } = openShop(shop, { stateDirectory, clock });
  kernels.push(kernel);
  return { shop, kernel, reconciler };
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  directories.push(directory);
  return directory;
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.stop();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const ref = (logicalId: string) => ({ Ref: logicalId });

describe('a first start', () => {
  test('makes what is needed before what needs it, and lets neighbours go at their own pace', async () => {
    const { shop, reconciler } = open();
    const report = await reconciler.apply(
      stackOf({
        Late: { Uses: [ref('Slow')] },
        Slow: { Name: 'slow', Wait: 20 },
        QuickChild: { Uses: [ref('Quick')] },
        Quick: { Name: 'quick' },
      }),
    );
    expect(report).toMatchObject({ outcome: 'applied', diagnostics: [] });
    expect(shop.log).toEqual(['create Quick', 'create QuickChild', 'create Slow', 'create Late']);
  });

  test('evaluates expressions against what exists', async () => {
    const { shop, reconciler } = open();
    const report = await reconciler.apply(
      stackOf(`
        Resources:
          A: { Type: Test::Shop::Item, Properties: { Name: a } }
          B:
            Type: Test::Shop::Item
            Properties:
              Name: b
              Value: { arn: !GetAtt A.Arn, shelf: !GetAtt A.Shelf.Number, zone: !Select [1, !GetAZs ''] }
        Outputs:
          Both: { Value: !Sub '\${A} and \${B}', Export: { Name: !Sub '\${AWS::StackName}-both' } }
      `),
    );
    expect(shop.items.get('b')?.value).toEqual({ arn: 'arn:aws:shop:::a', shelf: 7, zone: 'us-east-1b' });
    expect(report.outputs).toEqual({ Both: { value: 'a and b', exportName: 'shop-both' } });
  });

  test('names the attribute that does not exist, with its place and the nearest one that does', async () => {
    const { reconciler } = open();
    const report = await reconciler.apply(
      stackOf(
        'Resources:\n  A: {Type: Test::Shop::Item}\n  B:\n    Type: Test::Shop::Item\n    Properties:\n      Value: !GetAtt A.Arm\n',
      ),
    );
    expect(report.outcome).toBe('rolled-back');
    expect(report.diagnostics).toMatchObject([
      { code: 'unknown-attribute', resource: 'B', at: { line: 6 }, suggestion: 'did you mean Arn?' },
    ]);
  });

  test('takes everything back when one resource refuses, and says which and where', async () => {
    const { shop, reconciler } = open();
    const report = await reconciler.apply(
      stackOf(
        'Resources:\n  A: {Type: Test::Shop::Item}\n  B:\n    Type: Test::Shop::Item\n    DependsOn: A\n    Properties: {Refuse: create}\n',
      ),
    );
    expect(report.outcome).toBe('rolled-back');
    expect(report.diagnostics).toEqual([
      expect.objectContaining({
        code: 'create-failed',
        resource: 'B',
        message: 'refused to create',
        at: expect.objectContaining({ line: 3 }),
      }),
    ]);
    expect(shop.items.size).toBe(0);
    expect(reconciler.resources('shop')).toEqual([]);
  });

  test('can be told to keep what a failed run has made; the next run goes on from there', async () => {
    const { shop, reconciler } = open();
    const failing = { A: { Name: 'a' }, B: { Uses: [ref('A')], Refuse: 'create' } };
    expect(await reconciler.apply(stackOf(failing), { onFailure: 'keep' })).toMatchObject({ outcome: 'failed' });
    expect([...shop.items.keys()]).toEqual(['a']);
    const mended = { A: { Name: 'a' }, B: { Name: 'b', Uses: [ref('A')] } };
    expect(await reconciler.apply(stackOf(mended))).toMatchObject({ outcome: 'applied' });
    expect(shop.log).toEqual(['create A', 'create B']);
  });

  test('can be told to go on after a failure: every error is found, and what needs the failed is named', async () => {
    const { shop, reconciler } = open();
    const report = await reconciler.apply(
      stackOf({
        Bad: { Refuse: 'create' },
        NeedsBad: { Uses: [ref('Bad')] },
        NeedsThat: { Uses: [ref('NeedsBad')] },
        Good: { Name: 'good', Wait: 5 },
        NeedsGood: { Uses: [ref('Good')] },
        AlsoBad: { Refuse: 'create', Wait: 3 },
      }),
      { onFailure: 'continue' },
    );
    expect(report.outcome).toBe('failed');
    expect(shop.log).toEqual(['create Good', 'create NeedsGood']);
    expect(report.diagnostics.map(({ code, resource, message }) => [code, resource, message])).toEqual([
      ['create-failed', 'Bad', 'refused to create'],
      ['create-failed', 'AlsoBad', 'refused to create'],
      ['not-looked-at', 'NeedsBad', 'needs Bad, which could not be made'],
      ['not-looked-at', 'NeedsThat', 'needs NeedsBad, which could not be made'],
    ]);
  });

  test('a type nobody emulates exists in name only, and is named with its place', async () => {
    const { shop, reconciler } = open();
    const report = await reconciler.apply(
      stackOf(`
Resources:
  Cache: { Type: AWS::ElastiCache::ReplicationGroup, Properties: { Port: 6379 } }
  A:
    Type: Test::Shop::Item
    Properties: { Name: a, Value: [!Ref Cache, !GetAtt Cache.Arn, !GetAtt Cache.PrimaryEndPoint.Address, !GetAtt Cache.Port] }
`),
    );
    expect(report.outcome).toBe('applied');
    expect(report.diagnostics).toMatchObject([
      { severity: 'warning', code: 'not-emulated', resource: 'Cache', at: { line: 3 } },
      { severity: 'warning', code: 'invented-attribute', resource: 'Cache' },
      { severity: 'warning', code: 'invented-attribute', resource: 'Cache' },
      { severity: 'warning', code: 'invented-attribute', resource: 'Cache' },
    ]);
    const [name, arn, address, port] = shop.items.get('a')!.value as string[];
    expect(name).toMatch(/^shop-Cache-[A-Z0-9]{12}$/);
    expect(arn).toBe(`arn:aws:elasticache:us-east-1:123456789012:${name}`);
    expect(address).toBe('not-emulated-Cache-PrimaryEndPoint.Address');
    expect(port).toBe(6379);
  });

  test('a property without effect is named with its line, at every start', async () => {
    const { reconciler } = open();
    const text = 'Resources:\n  A:\n    Type: Test::Shop::Item\n    Properties:\n      Name: a\n      Colour: red\n';
    const finding = { code: 'not-emulated', property: 'Properties.Colour', at: { line: 6 } };
    expect((await reconciler.apply(stackOf(text))).diagnostics).toMatchObject([finding]);
    expect(await reconciler.apply(stackOf(text))).toMatchObject({ outcome: 'unchanged', diagnostics: [finding] });
  });
});

describe('an edited template', () => {
  test('changes what differs and nothing else', async () => {
    const { shop, reconciler } = open();
    await reconciler.apply(stackOf({ A: { Value: 1 }, B: { Value: 1, Uses: [ref('A')] }, C: {} }));
    shop.log.length = 0;
    const report = await reconciler.apply(stackOf({ A: { Value: 2 }, B: { Value: 1, Uses: [ref('A')] }, C: {} }));
    expect(report.changes).toEqual([{ logicalId: 'A', type: 'Test::Shop::Item', action: 'update' }]);
    expect(shop.log).toEqual(['update A']);
  });

  test('moves dependants over before it deletes what was replaced', async () => {
    const { shop, reconciler } = open();
    await reconciler.apply(stackOf({ A: { Name: 'old' }, B: { Name: 'b', Uses: [ref('A')] } }));
    shop.log.length = 0;
    const report = await reconciler.apply(stackOf({ A: { Name: 'new' }, B: { Name: 'b', Uses: [ref('A')] } }));
    expect(report.changes.map(({ logicalId, action }) => `${action} ${logicalId}`)).toEqual([
      'replace A',
      'update B',
      'delete A',
    ]);
    expect(shop.log).toEqual(['create A', 'update B', 'delete A']);
    expect(shop.items.get('b')?.uses).toEqual(['new']);
  });

  test('deletes dependants first', async () => {
    const { shop, reconciler } = open();
    await reconciler.apply(stackOf({ A: { Name: 'a' }, B: { Name: 'b', Uses: [ref('A')] }, C: { Uses: [ref('B')] } }));
    shop.log.length = 0;
    await reconciler.apply(stackOf({ D: {} }));
    expect(shop.log).toEqual(['create D', 'delete C', 'delete B', 'delete A']);
  });

  test('a failed update leaves what ran before: updated, replaced, new and removed alike', async () => {
    const { shop, reconciler } = open();
    await reconciler.apply(
      stackOf({
        Kept: { Name: 'k', Value: 1 },
        Moved: { Name: 'm' },
        Removed: { Name: 'r' },
        Bad: { Name: 'bad', Value: 1 },
      }),
    );
    const before = new Map(shop.items);
    const report = await reconciler.apply(
      stackOf({
        Kept: { Name: 'k', Value: 2 },
        Moved: { Name: 'm2' },
        Added: { Name: 'added' },
        Bad: { Name: 'bad', Value: 2, Refuse: 'update', Uses: [ref('Kept'), ref('Moved'), ref('Added')] },
      }),
    );
    expect(report.outcome).toBe('rolled-back');
    expect(report.diagnostics).toMatchObject([{ code: 'update-failed', resource: 'Bad' }]);
    expect(shop.items).toEqual(before);
    shop.log.length = 0;
    expect(
      await reconciler.apply(
        stackOf({
          Kept: { Name: 'k', Value: 1 },
          Moved: { Name: 'm' },
          Removed: { Name: 'r' },
          Bad: { Name: 'bad', Value: 1 },
        }),
      ),
    ).toMatchObject({ outcome: 'unchanged' });
    expect(shop.log).toEqual([]);
  });

  test('a logical id keeps its type', async () => {
    const { shop, reconciler } = open();
    await reconciler.apply(stackOf({ A: { Name: 'a' } }));
    const report = await reconciler.apply(stackOf('Resources:\n  A: {Type: AWS::SNS::Topic}\n'));
    expect(report).toMatchObject({
      outcome: 'rolled-back',
      diagnostics: [{ code: 'resource-type-changed', at: { line: 2 } }],
    });
    expect([...shop.items.keys()]).toEqual(['a']);
  });

  test('Retain keeps what is removed, and it is brought back at later starts', async () => {
    const directory = temporaryDirectory();
    const { shop, kernel, reconciler } = open(new Shop(), directory);
    await reconciler.apply(
      stackOf(
        'Resources:\n  A: {Type: Test::Shop::Item, DeletionPolicy: Retain, Properties: {Name: a}}\n  B: {Type: Test::Shop::Item}\n',
      ),
    );
    const report = await reconciler.apply(stackOf('Resources:\n  B: {Type: Test::Shop::Item}\n'));
    expect(report.changes).toEqual([{ logicalId: 'A', type: 'Test::Shop::Item', action: 'keep' }]);
    await kernel.stop();
    await open(shop, directory).reconciler.restore();
    expect(shop.restored).toContain('a');
  });

  test('UpdateReplacePolicy Snapshot keeps the old one and says that no snapshot was taken', async () => {
    const { shop, reconciler } = open();
    const text = (name: string) =>
      `Resources:\n  A: {Type: Test::Shop::Item, UpdateReplacePolicy: Snapshot, Properties: {Name: ${name}}}\n`;
    await reconciler.apply(stackOf(text('one')));
    const report = await reconciler.apply(stackOf(text('two')));
    expect(report.diagnostics).toMatchObject([{ severity: 'warning', code: 'no-snapshot', resource: 'A' }]);
    expect([...shop.items.keys()]).toEqual(['one', 'two']);
  });

  test('what refuses to be deleted is a warning, and is tried again by the next run', async () => {
    const { shop, reconciler } = open();
    await reconciler.apply(stackOf({ A: { Name: 'a' }, B: { Name: 'b' } }));
    const refusal = shop.provider.delete;
    (shop.provider as { delete: unknown }).delete = () => {
      throw new Error('not now');
    };
    expect(await reconciler.apply(stackOf({ A: { Name: 'a' } }))).toMatchObject({
      outcome: 'applied',
      diagnostics: [{ severity: 'warning', code: 'delete-failed', resource: 'B', message: 'not now' }],
    });
    (shop.provider as { delete: unknown }).delete = refusal;
    await reconciler.apply(stackOf({ A: { Name: 'a' } }));
    expect([...shop.items.keys()]).toEqual(['a']);
  });
});

describe('a restart', () => {
  test('brings back what exists, dependencies first, and changes nothing', async () => {
    const directory = temporaryDirectory();
    const template = { B: { Name: 'b', Uses: [ref('A')] }, A: { Name: 'a' }, C: { Uses: [ref('B')], Name: 'c' } };
    const first = open(new Shop(), directory);
    await first.reconciler.apply(stackOf(template));
    await first.kernel.stop();
    first.shop.log.length = 0;

    const second = open(first.shop, directory);
    expect(await second.reconciler.restore()).toEqual({ restored: 3, failures: [] });
    expect(first.shop.restored).toEqual(['a', 'b', 'c']);
    expect(await second.reconciler.apply(stackOf(template))).toMatchObject({ outcome: 'unchanged', changes: [] });
    expect(first.shop.log).toEqual([]);
  });

  test('updates what could not be brought back', async () => {
    const directory = temporaryDirectory();
    const first = open(new Shop(), directory);
    await first.reconciler.apply(stackOf({ A: { Name: 'a' } }));
    await first.kernel.stop();
    first.shop.restoreFails = true;
    const second = open(first.shop, directory);
    expect(await second.reconciler.restore()).toMatchObject({
      restored: 0,
      failures: [{ code: 'restore-failed', resource: 'A', message: 'the shop is closed' }],
    });
    const report = await second.reconciler.apply(stackOf({ A: { Name: 'a' } }));
    expect(report.changes).toMatchObject([{ logicalId: 'A', action: 'update' }]);
  });

  test.each(['before the provider acted', 'after it acted'])(
    'after a crash in the middle of a create, %s, the next start ends it',
    async (when) => {
      const directory = temporaryDirectory();
      const first = open(new Shop(), directory);
      // The process dies here: the run never hears from its provider again.
      const { create } = first.shop.provider;
      let reached: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        reached = resolve;
      });
      (first.shop.provider as { create: unknown }).create = async (request: Parameters<typeof create>[0]) => {
        if (request.logicalId === 'B') {
          if (when === 'after it acted') await create(request);
          reached();
          return new Promise(() => {});
        }
        return create(request);
      };
      void first.reconciler.apply(stackOf({ A: { Name: 'a' }, B: { Uses: [ref('A')] } }));
      await crash;
      await first.kernel.stop();
      (first.shop.provider as { create: unknown }).create = create;

      const second = open(first.shop, directory);
      const report = await second.reconciler.apply(stackOf({ A: { Name: 'a' }, B: { Uses: [ref('A')] } }));
      expect(report).toMatchObject({ outcome: 'applied', changes: [{ logicalId: 'B', action: 'create' }] });
      expect(first.shop.items.size).toBe(2);
    },
  );
});

test('a stack is described with its status, and an unchanged one keeps the time of its last change', async () => {
  const { kernel, reconciler } = open(new Shop(), 'memory', new ManualClock());
  const clock = kernel.clock as ManualClock;
  await reconciler.apply(stackOf({ A: { Refuse: 'create' } }));
  expect(reconciler.stacks()).toMatchObject([{ name: 'shop', status: 'ROLLBACK_COMPLETE' }]);
  await reconciler.apply(stackOf({ A: {} }));
  const [made] = reconciler.stacks();
  expect(made).toMatchObject({ status: 'CREATE_COMPLETE', stackId: expect.stringContaining(':stack/shop/') });
  await clock.advance(1_000);
  await reconciler.apply(stackOf({ A: {} }));
  expect(reconciler.stacks()).toEqual([made]);
  const outputs = { Resources: { A: { Type: 'Test::Shop::Item' } }, Outputs: { O: { Value: 'new' } } };
  expect(await reconciler.apply(stackOf(JSON.stringify(outputs)))).toMatchObject({ outcome: 'applied', changes: [] });
  expect(reconciler.stacks()).toMatchObject([
    { status: 'UPDATE_COMPLETE', updatedAt: made!.updatedAt + 1_000, outputs: { O: { value: 'new' } } },
  ]);
});

test('runs are one at a time, in the order they were asked for', async () => {
  const { shop, reconciler } = open();
  const outcomes = await Promise.all([
    reconciler.apply(stackOf({ A: { Name: 'a', Wait: 5 } })),
    reconciler.apply(stackOf({ A: { Name: 'a', Wait: 5, Value: 2 } })),
    reconciler.destroy('shop'),
  ]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'applied']);
  expect(shop.log).toEqual(['create A', 'update A', 'delete A']);
});

test('a stack is destroyed dependants first, and is then unknown', async () => {
  const { shop, reconciler } = open();
  await reconciler.apply(stackOf({ A: { Name: 'a' }, B: { Uses: [ref('A')] } }));
  shop.log.length = 0;
  expect(await reconciler.destroy('shop')).toMatchObject({ outcome: 'applied' });
  expect(shop.log).toEqual(['delete B', 'delete A']);
  expect(reconciler.stacks()).toEqual([]);
});

test('one stack imports what another exports; the same name cannot be exported twice', async () => {
  const { shop, reconciler } = open();
  const exporting = (name: string) => `
Resources: { A: { Type: Test::Shop::Item, Properties: { Name: ${name} } } }
Outputs: { A: { Value: !Ref A, Export: { Name: shared } } }`;
  await reconciler.apply(stackOf(exporting('a'), 'one'));
  await reconciler.apply(stackOf({ B: { Name: 'b', Uses: [{ 'Fn::ImportValue': 'shared' }] } }, 'two'));
  expect(shop.items.get('b')?.uses).toEqual(['a']);
  expect(await reconciler.apply(stackOf(exporting('c'), 'three'))).toMatchObject({
    outcome: 'rolled-back',
    diagnostics: [{ code: 'export-taken' }],
  });
});

test("events tell the story in CloudFormation's words, live and afterwards", async () => {
  const { reconciler } = open();
  const live: StackEvent[] = [];
  await reconciler.apply(stackOf({ A: { Name: 'a' } }), { onEvent: (event) => live.push(event) });
  expect(live.map(({ logicalId, status }) => `${logicalId} ${status}`)).toEqual([
    'shop CREATE_IN_PROGRESS',
    'A CREATE_IN_PROGRESS',
    'A CREATE_COMPLETE',
    'shop CREATE_COMPLETE',
  ]);
  expect(reconciler.events('shop')).toEqual(live);
  await reconciler.apply(stackOf({ A: { Name: 'a', Refuse: 'update' } }));
  expect(
    reconciler
      .events('shop')
      .slice(4)
      .map(({ logicalId, status }) => `${logicalId} ${status}`),
  ).toEqual([
    'shop UPDATE_IN_PROGRESS',
    'A UPDATE_IN_PROGRESS',
    'A UPDATE_FAILED',
    'shop UPDATE_ROLLBACK_IN_PROGRESS',
    'A UPDATE_IN_PROGRESS',
    'A UPDATE_COMPLETE',
    'shop UPDATE_ROLLBACK_COMPLETE',
  ]);
});

test('dynamic references reach the provider resolved and are remembered as text', async () => {
  const { shop, kernel, reconciler } = open();
  kernel.registry.add({
    name: 'secretsmanager',
    resourceTypes: [],
    load: async () => ({
      operations: {
        GetSecretValue: {
          requires: () => [],
          handle: ({ SecretId }: { SecretId: string }) => ({
            SecretString: JSON.stringify({ password: `for ${SecretId}` }),
          }),
        },
      },
      providers: {},
    }),
  });
  const id = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf';
  const value = `mysql://admin:{{resolve:secretsmanager:${id}:SecretString:password}}@host`;
  await reconciler.apply(stackOf({ A: { Name: 'a', Value: value } }));
  expect(shop.items.get('a')?.value).toBe(`mysql://admin:for ${id}@host`);
  expect(reconciler.resources('shop')[0]?.properties.Value).toBe(value);
  const missing = value.replace(':password', ':nope');
  expect(await reconciler.apply(stackOf({ A: { Name: 'a', Value: missing } }))).toMatchObject({
    outcome: 'rolled-back',
    diagnostics: [{ message: expect.stringContaining('Could not find a value associated with JSONKey nope') }],
  });
});
