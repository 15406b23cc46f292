import { type Artifact, artifactUri } from './artifact.ts';
import { type LoadOptions, loadStack } from './load.ts';
import { dependencies } from './references.ts';
import type { SamInput } from './sam/index.ts';
import { formatDiagnostic } from './stack.ts';
import { documentOf, errorsOf, options, stackOf } from './test-stack.ts';

const refused = (text: string, overrides?: Record<string, string>) =>
  errorsOf(() => stackOf(text, overrides)).map((line) => line.replace('template.yaml:', ''));

const QUEUE = 'Resources:\n  Queue: {Type: AWS::SQS::Queue}\n';

describe('a stack', () => {
  const stack = stackOf(
    `AWSTemplateFormatVersion: 2010-09-09
Description: A queue
Parameters:
  Stage: {Type: String, Default: dev}
  Secret: {Type: String, Default: x, NoEcho: true}
Mappings:
  M: {a: {b: c}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsDev
    DependsOn: Topic
    DeletionPolicy: Retain
    UpdateReplacePolicy: Snapshot
    Metadata: {Note: hello}
    CreationPolicy: {ResourceSignal: {Count: 1}}
    UpdatePolicy: {EnableVersionUpgrade: true}
    Properties:
      QueueName: !Sub "\${Stage}-queue"
  Topic: {Type: AWS::SNS::Topic}
  Gone: {Type: AWS::SNS::Topic, Condition: IsProd}
Outputs:
  Arn:
    Description: The queue
    Value: !GetAtt Queue.Arn
    Export: {Name: !Sub "\${AWS::StackName}-queue"}
  Nothing: {Value: x, Condition: IsProd}
`,
  );

  test('has its resources, symbolic, with their attributes and places', () => {
    expect([...stack.resources.keys()]).toEqual(['Queue', 'Topic']);
    expect(stack.resources.get('Queue')).toEqual({
      logicalId: 'Queue',
      type: 'AWS::SQS::Queue',
      condition: 'IsDev',
      dependsOn: ['Topic'],
      deletionPolicy: 'Retain',
      updateReplacePolicy: 'Snapshot',
      metadata: { Note: 'hello' },
      creationPolicy: { ResourceSignal: { Count: 1 } },
      updatePolicy: { EnableVersionUpgrade: true },
      properties: { QueueName: { 'Fn::Sub': '${Stage}-queue' } },
      at: { file: 'template.yaml', line: 12, column: 3 },
    });
  });

  test('has its outputs', () => {
    expect([...stack.outputs.values()]).toEqual([
      {
        name: 'Arn',
        description: 'The queue',
        value: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        exportName: { 'Fn::Sub': '${AWS::StackName}-queue' },
      },
    ]);
  });

  test('has everything else bound', () => {
    expect(stack).toMatchObject({
      name: 'help-desk',
      file: 'template.yaml',
      description: 'A queue',
      parameters: { Stage: 'dev', Secret: 'x' },
      mappings: { M: { a: { b: 'c' } } },
      pseudo: { region: 'eu-central-1', partition: 'aws', urlSuffix: 'amazonaws.com' },
      diagnostics: [],
    });
    expect([...stack.noEcho]).toEqual(['Secret']);
  });

  test('keeps positions of properties', () => {
    const queue = stack.resources.get('Queue')!;
    expect(stack.source.at(queue.properties, 'QueueName')).toEqual({ file: 'template.yaml', line: 22, column: 7 });
  });

  test('a document can be loaded again with other parameters', () => {
    const document = documentOf(
      'Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, a]}\nResources:\n  A: {Type: "AWS::SQS::Queue", Condition: C}\n  B: {Type: "AWS::SQS::Queue"}\n',
    );
    const before = JSON.stringify(document.tree);
    expect([...loadStack(document, options({ P: 'a' })).resources.keys()]).toEqual(['A', 'B']);
    expect([...loadStack(document, options({ P: 'b' })).resources.keys()]).toEqual(['B']);
    expect(JSON.stringify(document.tree)).toBe(before);
  });

  test('an engine version is text, as it was written', () => {
    const text =
      'Resources:\n  Db: {Type: "AWS::RDS::DBInstance", Properties: {EngineVersion: 8.0, AllocatedStorage: 20}}\n';
    expect(stackOf(text).resources.get('Db')!.properties).toEqual({ EngineVersion: '8.0', AllocatedStorage: 20 });
  });

  test.each([
    ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
  ])('in %s the partition is %s', (region, partition, urlSuffix) => {
    expect(loadStack(documentOf(QUEUE), { ...options(), region }).pseudo).toMatchObject({ partition, urlSuffix });
  });
});

describe('sections', () => {
  test.each<[string, string, string[]]>([
    ['an unknown one', `Resorces: {}\n${QUEUE}`, ['1:1 a template has no section Resorces (did you mean Resources?)']],
    [
      'Globals without SAM',
      `Globals: {}\n${QUEUE}`,
      ['1:1 a template has no section Globals (it needs Transform: AWS::Serverless-2016-10-31)'],
    ],
    ['no resources', 'Description: x\n', ['1:1 a template needs at least one resource']],
    ['empty resources', 'Resources: {}\n', ['1:1 a template needs at least one resource']],
    ['a section that is a list', `Outputs: []\n${QUEUE}`, ['1:1 Outputs must be a map, not a list']],
    [
      'another format version',
      `AWSTemplateFormatVersion: 2010-09-10\n${QUEUE}`,
      ['1:1 AWSTemplateFormatVersion is always 2010-09-09'],
    ],
    [
      'a description that is a list',
      `Description: [x]\n${QUEUE}`,
      ['1:1 Description is a text of at most 1,024 bytes'],
    ],
    ['a macro', `Transform: MyMacro\n${QUEUE}`, ['1:1 the macro MyMacro cannot run here']],
    [
      'a macro in a list',
      `Transform:\n  - AWS::LanguageExtensions\n  - AWS::Serverless-2016-10-13\n${QUEUE}`,
      ['3:5 the macro AWS::Serverless-2016-10-13 cannot run here (did you mean AWS::Serverless-2016-10-31?)'],
    ],
    [
      'a macro in a resource',
      'Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Fn::Transform: {Name: M}\n',
      ['4:5 Q.Fn::Transform: macros cannot run here, only AWS::Include'],
    ],
    [
      'a macro in properties',
      'Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      A: !Transform {Name: M}\n',
      ['5:10 Q.Properties.A: macros cannot run here, only AWS::Include'],
    ],
    ['a loop', 'Resources:\n  Fn::ForEach::Topics: []\n', ['2:3 Fn::ForEach::Topics is not supported here']],
    ['a mapping of one level', `Mappings:\n  M: {a: b}\n${QUEUE}`, ['2:7 M.a must be a map, not a string']],
    [
      'a mapping of four levels',
      `Mappings:\n  M: {a: {b: {c: d}}}\n${QUEUE}`,
      ['2:11 M.a.b must be a text or a list of texts'],
    ],
    [
      'too many outputs',
      `Outputs:\n${Array.from({ length: 201 }, (_, index) => `  O${index}: {Value: x}\n`).join('')}${QUEUE}`,
      ['1:1 Outputs has 201 entries, CloudFormation takes 200'],
    ],
  ])('%s', (_, text, expected) => {
    expect(refused(text)).toEqual(expected);
  });

  test('hooks are only warned about', () => {
    expect(stackOf(`Hooks: {H: {}}\n${QUEUE}`).diagnostics.map(formatDiagnostic)).toEqual([
      'template.yaml:1:1 Hooks are not run here',
    ]);
  });
});

describe('resources', () => {
  const resource = (body: string) => `Resources:\n  Queue: ${body}\n`;

  test('what SAM does not know of a resource of its own is ignored, and told', () => {
    const text = `Transform: AWS::Serverless-2016-10-31\n${resource('{Type: "AWS::Serverless::SimpleTable", Description: x}')}`;
    expect(stackOf(text).diagnostics.map(formatDiagnostic)).toEqual([
      'template.yaml:3:49 Queue.Description: a resource has no attribute Description: it is ignored (properties of a resource stand below Properties)',
    ]);
  });

  test.each<[string, string, string]>([
    ['no Type', resource('{Properties: {}}'), '2:3 Queue: a resource needs a Type'],
    ['a Type that is a list', resource('{Type: [x]}'), '2:11 Queue: Type must be a text, not a list'],
    ['a Type that is none', resource('{Type: Queue}'), '2:11 Queue.Type: "Queue" is no resource type'],
    [
      'a SAM type without the transform',
      resource('{Type: "AWS::Serverless::Function"}'),
      '2:11 Queue.Type: AWS::Serverless::Function needs Transform: AWS::Serverless-2016-10-31',
    ],
    ['text', resource('x'), '2:3 Queue: a resource must be a map, not a string'],
    [
      'an unknown attribute',
      resource('{Type: "AWS::SQS::Queue", DependOn: x}'),
      '2:36 Queue.DependOn: a resource has no attribute DependOn (did you mean DependsOn?)',
    ],
    [
      'a property in the wrong place',
      resource('{Type: "AWS::SQS::Queue", QueueName: x}'),
      '2:36 Queue.QueueName: a resource has no attribute QueueName (properties of a resource stand below Properties)',
    ],
    [
      'properties that are a list',
      resource('{Type: "AWS::SQS::Queue", Properties: [x]}'),
      '2:36 Queue.Properties: Properties must be a map, not a list',
    ],
    [
      'a condition that is an expression',
      resource('{Type: "AWS::SQS::Queue", Condition: !Equals [a, a]}'),
      '2:36 Queue.Condition: Condition names one condition, this is a map',
    ],
    [
      'DependsOn an expression',
      resource('{Type: "AWS::SQS::Queue", DependsOn: !Ref X}'),
      '2:36 Queue.DependsOn: DependsOn is a resource name or a list of them',
    ],
    [
      'a wrong policy',
      resource('{Type: "AWS::SQS::Queue", DeletionPolicy: Retian}'),
      '2:36 Queue.DeletionPolicy: DeletionPolicy is one of Delete, Retain, RetainExceptOnCreate, Snapshot (did you mean Retain?)',
    ],
    [
      'a policy that is an expression',
      resource('{Type: "AWS::SQS::Queue", DeletionPolicy: !Ref "AWS::Region"}'),
      '2:36 Queue.DeletionPolicy: DeletionPolicy is one of Delete, Retain, RetainExceptOnCreate, Snapshot',
    ],
    [
      'a name with a dash',
      'Resources:\n  my-queue: {Type: AWS::SQS::Queue}\n',
      '2:3 the resource name "my-queue" is not alphanumeric',
    ],
    [
      'the name of a parameter',
      `Parameters: {Queue: {Type: String, Default: x}}\n${QUEUE}`,
      '3:3 Queue: Queue is a parameter already',
    ],
    [
      'null in properties',
      resource('{Type: "AWS::SQS::Queue", Properties: {A: {B: [1, ~]}}}'),
      '2:60 Queue.Properties.A.B[1]: null values are not allowed in templates',
    ],
  ])('%s', (_, text, message) => {
    expect(refused(text)).toEqual([message]);
  });

  test('Properties may be left empty', () => {
    expect(
      stackOf('Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n').resources.get('Q')!.properties,
    ).toEqual({});
  });

  test('with the language extensions a policy may be an expression', () => {
    const text = `Transform: AWS::LanguageExtensions\nParameters: {P: {Type: String, Default: Retain}}\n${resource('{Type: "AWS::SQS::Queue", DeletionPolicy: !Ref P}')}`;
    expect(stackOf(text).resources.get('Queue')!.deletionPolicy).toBe('Retain');
    expect(() => stackOf(text, { P: 'Keep' })).toThrow('DeletionPolicy is one of');
  });
});

describe('names must exist, wherever they stand', () => {
  const stack = (property: string) =>
    `Parameters: {Stage: {Type: String, Default: dev}}\nMappings: {Sizes: {a: {b: c}}}\nConditions: {IsProd: !Equals [!Ref Stage, prod]}\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      P: ${property}\n`;

  test.each<[string, string]>([
    [
      '!Ref Qeueu',
      '8:10 Queue.Properties.P: there is no parameter or resource Qeueu in this template (did you mean Queue?)',
    ],
    [
      '!Ref Stag',
      '8:10 Queue.Properties.P: there is no parameter or resource Stag in this template (did you mean Stage?)',
    ],
    [
      '!Ref AWS::Regoin',
      '8:10 Queue.Properties.P: there is no parameter or resource AWS::Regoin in this template (did you mean AWS::Region?)',
    ],
    ['!Ref constructor', '8:10 Queue.Properties.P: there is no parameter or resource constructor in this template'],
    ['!GetAtt Topik.Arn', '8:10 Queue.Properties.P: there is no resource Topik in this template'],
    ['!GetAtt Stage.Arn', '8:10 Queue.Properties.P: there is no resource Stage in this template'],
    [
      '{A: [1, !Sub "x ${Qeue}"]}',
      '8:26 Queue.Properties.P.A[1]: there is no parameter or resource Qeue in this template (did you mean Queue?)',
    ],
    ['!Sub ["${X} ${Y.Z}", {X: 1}]', '8:22 Queue.Properties.P: there is no resource Y in this template'],
    [
      '!If [IsProd, !Ref Nowhere, 1]',
      '8:23 Queue.Properties.P: there is no parameter or resource Nowhere in this template',
    ],
    ['!If [IsPord, 1, 2]', '8:10 Queue.Properties.P: there is no condition IsPord (did you mean IsProd?)'],
    ['!FindInMap [Size, a, b]', '8:10 Queue.Properties.P: there is no mapping Size (did you mean Sizes?)'],
    ['{"Fn::Sbu": x}', '8:10 Queue.Properties.P: CloudFormation knows no Fn::Sbu (did you mean Fn::Sub?)'],
    [
      '{"Fn::Sub": x, Other: y}',
      '8:11 Queue.Properties.P: Fn::Sub must stand alone: a map with it can have no other entry',
    ],
    ['!Join [a]', '8:10 Queue.Properties.P: Fn::Join takes 2 arguments, here are 1'],
    ['!GetAtt Queue', '8:10 Queue.Properties.P: Fn::GetAtt takes a list of 2 arguments'],
    ['!Length [1]', '8:10 Queue.Properties.P: Fn::Length needs Transform: AWS::LanguageExtensions'],
    [
      '!FindInMap [Sizes, a, b, {DefaultValue: 1}]',
      '8:10 Queue.Properties.P: DefaultValue of Fn::FindInMap needs Transform: AWS::LanguageExtensions',
    ],
    ['!Sub "${A-B}"', '8:16 Queue.Properties.P: ${A-B} is no name of a variable (write ${!A-B} for the text itself)'],
  ])('%s', (property, message) => {
    expect(refused(stack(property))).toEqual([message]);
  });

  test.each<[string, string, string]>([
    [
      'DependsOn',
      'Resources:\n  Queue: {Type: "AWS::SQS::Queue"}\n  Topic:\n    Type: AWS::SNS::Topic\n    DependsOn: [Queue, Queu]\n',
      '5:24 Topic.DependsOn: DependsOn names Queu, which is no resource of this template (did you mean Queue?)',
    ],
    [
      'a single DependsOn',
      'Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    DependsOn: Queue\n',
      '4:5 Topic.DependsOn: DependsOn names Queue, which is no resource of this template',
    ],
    [
      'Condition of a resource',
      'Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Condition: IsProd\n',
      '4:5 Topic.Condition: there is no condition IsProd',
    ],
    [
      'Condition of an output',
      `${QUEUE}Outputs:\n  O: {Value: x, Condition: C}\n`,
      '4:17 Condition: there is no condition C',
    ],
    [
      'an output',
      `${QUEUE}Outputs:\n  O: {Value: !Ref Quue}\n`,
      '4:14 Outputs.O.Value: there is no parameter or resource Quue in this template (did you mean Queue?)',
    ],
    ['a condition', `Conditions:\n  A: !Not [!Condition B]\n${QUEUE}`, '2:12 condition A: there is no condition B'],
    [
      'a condition naming a resource',
      `Conditions:\n  A: !Equals [!Ref Queue, x]\n${QUEUE}`,
      '2:15 condition A: Queue is no parameter, and conditions know nothing else',
    ],
    [
      'a condition that is none',
      `Conditions:\n  A: !Ref AWS::Region\n${QUEUE}`,
      '2:3 a condition is one of Fn::And, Fn::Or, Fn::Not, Fn::Equals and Condition',
    ],
  ])('%s', (_, text, message) => {
    expect(refused(text)).toEqual([message]);
  });

  test('a resource whose condition is false may be named only where nobody looks', () => {
    const text = (property: string) =>
      `Parameters: {P: {Type: String, Default: dev}}\nConditions: {C: !Equals [!Ref P, prod]}\nResources:\n  A: {Type: "AWS::SQS::Queue", Condition: C}\n  B: {Type: "AWS::SQS::Queue", Properties: {X: ${property}}}\n`;
    expect(refused(text('!If [C, !Ref A, none]'))).toEqual([]);
    expect(refused(text('!Ref A'))).toEqual(['5:48 B.Properties.X: A does not exist here: its condition C is false']);
    expect(refused(text('!Ref A'), { P: 'prod' })).toEqual([]);
  });
});

describe('outputs', () => {
  test.each<[string, string]>([
    ['O: {}', '4:3 output O needs a Value'],
    ['O: x', '4:3 output O must be a map, not a string'],
    ['O-1: {Value: x}', '4:3 the output name "O-1" is not alphanumeric'],
    ['O: {Value: x, Exprot: y}', '4:17 output O has no attribute Exprot (did you mean Export?)'],
    ['O: {Value: x, Export: y}', '4:17 Export of output O needs a Name'],
    ['O: {Value: x, Condition: !Not [a]}', '4:17 Condition of output O names one condition'],
  ])('%s', (output, message) => {
    expect(refused(`${QUEUE}Outputs:\n  ${output}\n`)).toEqual([message]);
  });
});

test('rules are held', () => {
  const text = `Parameters: {P: {Type: String, Default: x}}\nRules:\n  R: {Assertions: [{Assert: !Equals [!Ref P, y], AssertDescription: P is y}]}\n${QUEUE}`;
  expect(refused(text)).toEqual(['3:20 rule R does not hold: P is y']);
  expect(refused(text, { P: 'y' })).toEqual([]);
});

test('mistakes of different kinds come out together, in reading order', () => {
  const text =
    'Parameters:\n  P: {Type: Strin}\nResorces: {}\nResources:\n  A: {Typ: x}\nOutputs:\n  O: {Value: !Ref Nobody}\n';
  expect(refused(text).map((line) => line.split(' ')[0])).toEqual(['2:13', '3:1', '5:3', '5:7', '7:14']);
});

describe('artifacts take the place of code', () => {
  const artifact = (logicalId: string): Artifact => ({ kind: 'built', logicalId, directory: '/x', digest: 'abc' });
  const text = `Transform: AWS::Serverless-2016-10-31
Resources:
  Fn: {Type: "AWS::Serverless::Function", Properties: {CodeUri: src, Handler: a.b}}
  Inline: {Type: "AWS::Serverless::Function", Properties: {InlineCode: x, Handler: a.b}}
  Layer: {Type: "AWS::Serverless::LayerVersion", Properties: {ContentUri: layer}}
  Plain: {Type: "AWS::Lambda::Function", Properties: {Code: src}}
  Content: {Type: "AWS::Lambda::LayerVersion", Properties: {Content: layer}}
  Other: {Type: "AWS::Serverless::Function", Properties: {CodeUri: s3://b/k}}
`;
  const names = ['Fn', 'Inline', 'Layer', 'Plain', 'Content', 'NotThere'];
  let seen: SamInput | undefined;
  const transformSam: LoadOptions['transformSam'] = (input) => {
    seen = input;
    const { Transform: _, ...template } = input.template;
    return { template, diagnostics: [{ severity: 'warning', code: 'sam', message: 'careful' }] };
  };

  test('under the names sam package would give', () => {
    const document = documentOf(text);
    const artifacts = new Map(names.map((name) => [name, artifact(name)]));
    const stack = loadStack(document, { ...options(), artifacts, transformSam });
    const properties = (id: string) => stack.resources.get(id)!.properties;
    expect(properties('Fn')).toEqual({ CodeUri: artifactUri(artifact('Fn')), Handler: 'a.b' });
    expect(properties('Inline')).toEqual({ CodeUri: artifactUri(artifact('Inline')), Handler: 'a.b' });
    expect(properties('Layer')).toEqual({ ContentUri: 's3://sampan-artifacts/Layer/abc' });
    expect(properties('Plain')).toEqual({ Code: { S3Bucket: 'sampan-artifacts', S3Key: 'Plain/abc' } });
    expect(properties('Content')).toEqual({ Content: { S3Bucket: 'sampan-artifacts', S3Key: 'Content/abc' } });
    expect(properties('Other')).toEqual({ CodeUri: 's3://b/k' });
    expect(JSON.stringify(document.tree)).not.toContain('sampan-artifacts');
  });

  test("with the NODE_OPTIONS they were built for, beside the function's own", () => {
    const built = { ...artifact('Fn'), nodeOptions: '--enable-source-maps' } as Artifact;
    const withOptions = (environment: string) => {
      const document = documentOf(text.replace('Handler: a.b', `Handler: a.b${environment}`));
      const stack = loadStack(document, { ...options(), artifacts: new Map([['Fn', built]]), transformSam });
      return stack.resources.get('Fn')!.properties['Environment'];
    };
    expect(withOptions('')).toEqual({ Variables: { NODE_OPTIONS: '--enable-source-maps' } });
    expect(withOptions(', Environment: {Variables: {A: b, NODE_OPTIONS: --no-warnings}}')).toEqual({
      Variables: { A: 'b', NODE_OPTIONS: '--no-warnings --enable-source-maps' },
    });
    const symbolic = withOptions(', Environment: {Variables: {NODE_OPTIONS: !Ref AWS::Region}}');
    expect(symbolic).toEqual({ Variables: { NODE_OPTIONS: { Ref: 'AWS::Region' } } });
  });

  test('the transform is given the stack it is for, and its warnings are kept', () => {
    const stack = loadStack(documentOf(text), { ...options(), transformSam });
    expect(seen).toMatchObject({ stackName: 'help-desk', region: 'eu-central-1', partition: 'aws', parameters: {} });
    expect(stack.diagnostics.map((finding) => finding.message)).toEqual(['careful']);
  });

  test('errors of the transform are errors of the template', () => {
    const failing: LoadOptions['transformSam'] = ({ template }) => ({
      template,
      diagnostics: [{ severity: 'error', code: 'sam', message: 'no' }],
    });
    expect(errorsOf(() => loadStack(documentOf(text), { ...options(), transformSam: failing }))).toEqual(['no']);
  });
});

describe('a SAM template', () => {
  const text = `Transform: AWS::Serverless-2016-10-31
Resources:
  Tickets:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: handler.handler
      CodeUri: s3://bucket/key
      AutoPublishAlias: live
      Events:
        List: {Type: Api, Properties: {Path: /tickets, Method: get}}
Outputs:
  Url: {Value: !Sub "https://\${ServerlessRestApi}/\${TicketsRole.Arn}"}
  Version: {Value: !Ref Tickets.Version}
`;

  test('becomes plain CloudFormation, whose parts stand where their parent stands', () => {
    const stack = stackOf(text);
    const types = new Map([...stack.resources.values()].map((node) => [node.logicalId, node.type]));
    expect(types.get('Tickets')).toBe('AWS::Lambda::Function');
    expect(types.get('TicketsRole')).toBe('AWS::IAM::Role');
    expect(types.get('ServerlessRestApi')).toBe('AWS::ApiGateway::RestApi');
    expect([...types.values()].some((type) => type.startsWith('AWS::Serverless::'))).toBe(false);
    expect(stack.resources.get('Tickets')!.at).toEqual({ file: 'template.yaml', line: 3, column: 3 });
    expect(stack.resources.get('TicketsRole')!.at?.line).toBe(3);
    expect(dependencies(stack.resources.get('Tickets')!, stack)).toEqual(new Set(['TicketsRole']));
  });

  test('is refused with the place of the mistake', () => {
    expect(refused(text.replace('ServerlessRestApi}', 'ServerlessRestApy}'))[0]).toMatch(
      /^13:\d+ Outputs.Url.Value: there is no parameter or resource ServerlessRestApy .*did you mean ServerlessRestApi\?/,
    );
    expect(refused(text.replace('CodeUri: s3://bucket/key', 'CodeUri: [x]'))[0]).toMatch(/^8:7 Tickets/);
  });
});
