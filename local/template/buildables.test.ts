import { resolve } from 'node:path';
import { type Buildable, buildables } from './buildables.ts';
import { documentOf, errorsOf, IDENTITY } from './test-stack.ts';

const TEMPLATE = `Transform: AWS::Serverless-2016-10-31
Parameters:
  Architecture: {Type: String, Default: arm64}
  WithExtra: {Type: String, Default: "no!"}
Conditions:
  Extra: !Equals [!Ref WithExtra, "yes!"]
Globals:
  Function:
    Runtime: nodejs24.x
    CodeUri: functions
    Architectures: [!Ref Architecture]
Resources:
  Tickets:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: esbuild
      BuildProperties: {Minify: true, Target: !Sub "node24-\${Architecture}", EntryPoints: [handler.ts]}
    Properties:
      CodeUri: functions/tickets
      Handler: handler.handler
      Role: !GetAtt Role.Arn
  FromGlobals: {Type: "AWS::Serverless::Function", Properties: {Handler: a.b}}
  Inline: {Type: "AWS::Serverless::Function", Properties: {Handler: index.handler, InlineCode: "exports.handler"}}
  Zip: {Type: "AWS::Lambda::Function", Properties: {Handler: index.handler, Code: {ZipFile: "exports.handler"}}}
  Plain: {Type: "AWS::Lambda::Function", Properties: {Handler: index.handler, Runtime: nodejs22.x, Code: ./plain}}
  Shared:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: layers/shared, CompatibleRuntimes: [nodejs24.x]}
  PlainLayer: {Type: "AWS::Lambda::LayerVersion", Properties: {Content: layers/plain}}
  Image: {Type: "AWS::Serverless::Function", Properties: {PackageType: Image}}
  InS3: {Type: "AWS::Serverless::Function", Properties: {CodeUri: "s3://bucket/key", Handler: a.b}}
  InBucket: {Type: "AWS::Lambda::Function", Properties: {Code: {S3Bucket: b, S3Key: k}}}
  Extra: {Type: "AWS::Serverless::Function", Condition: Extra, Properties: {Handler: a.b}}
  Role: {Type: "AWS::IAM::Role"}
`;

const found = (overrides: Record<string, string> = {}) =>
  new Map<string, Buildable>(
    buildables(documentOf(TEMPLATE), { ...IDENTITY, parameterOverrides: overrides }).map((one) => [one.logicalId, one]),
  );

test('what has code here is built, in the order of the template', () => {
  expect([...found().keys()]).toEqual([
    'Tickets',
    'FromGlobals',
    'Inline',
    'Zip',
    'Plain',
    'Shared',
    'PlainLayer',
    'Image',
  ]);
  expect([...found({ WithExtra: 'yes!' }).keys()]).toContain('Extra');
});

test('a function with its build settings, evaluated', () => {
  expect(found().get('Tickets')).toEqual({
    kind: 'function',
    logicalId: 'Tickets',
    codeDirectory: resolve('functions/tickets'),
    handler: 'handler.handler',
    runtime: 'nodejs24.x',
    architectures: ['arm64'],
    packageType: 'Zip',
    metadata: {
      BuildMethod: 'esbuild',
      BuildProperties: { Minify: true, Target: 'node24-arm64', EntryPoints: ['handler.ts'] },
    },
    at: { file: 'template.yaml', line: 13, column: 3 },
  });
});

test('Globals and parameter overrides count', () => {
  expect(found({ Architecture: 'x86_64' }).get('FromGlobals')).toMatchObject({
    codeDirectory: resolve('functions'),
    runtime: 'nodejs24.x',
    architectures: ['x86_64'],
  });
});

test('inline code', () => {
  expect(found().get('Inline')).toMatchObject({ inlineCode: 'exports.handler', runtime: 'nodejs24.x' });
  expect(found().get('Zip')).toMatchObject({ inlineCode: 'exports.handler', handler: 'index.handler' });
});

test('plain Lambda resources and layers', () => {
  expect(found().get('Plain')).toMatchObject({ codeDirectory: resolve('plain'), runtime: 'nodejs22.x' });
  expect(found().get('Shared')).toMatchObject({
    kind: 'layer',
    codeDirectory: resolve('layers/shared'),
    metadata: { BuildMethod: 'makefile' },
    compatibleRuntimes: ['nodejs24.x'],
  });
  expect(found().get('PlainLayer')).toMatchObject({ kind: 'layer', codeDirectory: resolve('layers/plain') });
  expect(found().get('Image')).toMatchObject({ packageType: 'Image' });
});

test('what needs a resource cannot be built from', () => {
  const text =
    'Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: ./src\n      Handler: !GetAtt Other.Name\n  Other: {Type: "AWS::SQS::Queue"}\n';
  expect(errorsOf(() => buildables(documentOf(text), { ...IDENTITY, parameterOverrides: {} }))).toEqual([
    'template.yaml:6:16 Fn.Properties.Handler: Fn::GetAtt Other.Name cannot be used in what is needed to build: only parameters are known there',
  ]);
});

test('a wrong override is refused here already', () => {
  expect(errorsOf(() => found({ Architectur: 'x' }))).toEqual([
    'the template has no parameter Architectur (did you mean Architecture?)',
  ]);
});

test('a SAM function that names no code has the code beside its template', () => {
  const text = `Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: "AWS::Serverless::Function", Properties: {Handler: src/app.handler, Runtime: nodejs24.x}}
`;
  expect(buildables(documentOf(text), { ...IDENTITY, parameterOverrides: {} })).toMatchObject([
    { logicalId: 'F', codeDirectory: resolve('.') },
  ]);
});
