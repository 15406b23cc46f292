import { describe, expect, it } from '@jest/globals';
import type { CodeReading } from './contract.ts';
import { readCalls } from './read-calls.ts';

async function read(text: string, more: { packageModules?: string[]; unresolved?: string[] } = {}) {
  const reading = await readCalls({
    text,
    sourceMap: '',
    packageModules: more.packageModules ?? [],
    unresolved: more.unresolved ?? [],
    isAction: async (action) => /^(?:ec2:(?:Revoke|Describe)|s3:GetBucketPublicAccessBlock)/.test(action),
  });
  return reading as Extract<CodeReading, { kind: 'read' }>;
}

/** `endpoint operation resource` of every call. */
async function calls(text: string, more?: { packageModules?: string[] }): Promise<string[]> {
  const { calls: found } = await read(text, more);
  return found.map(({ endpoint, operation, actions, resource, basis }) => {
    const value = resource?.value;
    const what = value?.kind === 'constant' ? `"${value.text}"` : value?.kind === 'variable' ? value.name : value?.kind;
    const needs = actions.join('+').replaceAll(/\w[\w-]*:/g, '');
    return [endpoint, operation, needs === operation ? '' : `(${needs})`, what ?? '', basis === 'code' ? '' : basis]
      .filter(Boolean)
      .join(' ');
  });
}

describe('calls of the AWS SDK', () => {
  it.each([
    [
      'a command',
      `import { GetItemCommand } from '@aws-sdk/client-dynamodb'; new GetItemCommand({ TableName: 'orders' })`,
      'dynamodb GetItem "orders"',
    ],
    [
      'by a namespace',
      `import * as sqs from '@aws-sdk/client-sqs'; new sqs.SendMessageCommand({ QueueUrl: process.env.QUEUE_URL })`,
      'sqs SendMessage QUEUE_URL',
    ],
    [
      'required',
      `const { PutObjectCommand } = require('@aws-sdk/client-s3'); new PutObjectCommand({ Bucket: process.env['BUCKET'] })`,
      's3 PutObject BUCKET',
    ],
    [
      'as a bundler requires',
      `var import_s = __toESM(require('@aws-sdk/client-sns')); new import_s.PublishCommand({ TopicArn: topic })`,
      'sns Publish dynamic',
    ],
    [
      'renamed',
      `import { InvokeCommand as Call } from '@aws-sdk/client-lambda'; new Call({ FunctionName: name })`,
      'lambda Invoke (InvokeFunction) dynamic',
    ],
    [
      'of a transaction, which needs what its items are, wherever they are put together',
      `import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
       const put = (Item) => ({ Put: { TableName: T, Item } }); const remove = (Key) => ({ Delete: { TableName: T, Key } });
       const other = { Update: 1 }; new TransactWriteItemsCommand({ TransactItems })`,
      'dynamodb TransactWriteItems (DeleteItem+PutItem)',
    ],
    [
      'of the document client',
      `import { PutCommand } from '@aws-sdk/lib-dynamodb'; new PutCommand({ TableName: T })`,
      'dynamodb PutItem dynamic',
    ],
    [
      'with a constant',
      `import { PutEventsCommand } from '@aws-sdk/client-eventbridge'; const bus = process.env.BUS; new PutEventsCommand({ EventBusName: bus })`,
      'events PutEvents BUS',
    ],
    [
      'with a destructured variable',
      `import { StartExecutionCommand } from '@aws-sdk/client-sfn'; const { MACHINE } = process.env; new StartExecutionCommand({ stateMachineArn: MACHINE })`,
      'states StartExecution MACHINE',
    ],
    [
      'with a default',
      `import { SendMessageCommand } from '@aws-sdk/client-sqs'; new SendMessageCommand({ QueueUrl: process.env.Q ?? '' })`,
      'sqs SendMessage Q',
    ],
    [
      'by the whole client',
      `import { DynamoDB } from '@aws-sdk/client-dynamodb'; const db = new DynamoDB({}); db.query({ TableName: 't' })`,
      'dynamodb Query "t"',
    ],
    [
      'by the whole document client',
      `import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb'; const db = DynamoDBDocument.from(x); db.get({ TableName: 't' })`,
      'dynamodb GetItem "t"',
    ],
    [
      'page by page',
      `import { paginateScan } from '@aws-sdk/client-dynamodb'; paginateScan({ client }, { TableName: 't' })`,
      'dynamodb Scan "t"',
    ],
    [
      'of Bedrock',
      `import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime'; new ConverseCommand({ modelId: process.env.MODEL })`,
      'bedrock-runtime Converse (InvokeModel) MODEL',
    ],
    [
      'called otherwise in policies',
      `import { HeadObjectCommand } from '@aws-sdk/client-s3'; new HeadObjectCommand({ Bucket: 'b' })`,
      's3 HeadObject (GetObject) "b"',
    ],
    [
      'an operation whose action is of another service',
      `import { WriteGetObjectResponseCommand } from '@aws-sdk/client-s3'; new WriteGetObjectResponseCommand({})`,
      's3 WriteGetObjectResponse',
    ],
    [
      'a client with credentials of its own',
      `import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
       new DynamoDBClient({ credentials: given }).send(new GetItemCommand({ TableName: 't' }))`,
      'dynamodb GetItem "t" lent',
    ],
  ])('%s', async (_what, text, expected) => {
    expect(await calls(text)).toEqual([expected]);
  });

  it('a variable that is given another value is no constant', async () => {
    const text = `import { GetItemCommand } from '@aws-sdk/client-dynamodb'; let t = 'a'; t = other(); new GetItemCommand({ TableName: t })`;
    expect(await calls(text)).toEqual(['dynamodb GetItem dynamic']);
  });

  it('a class of that name that is not the SDK’s is none', async () => {
    expect(
      await calls(`import { PutItemCommand } from './mine.js'; new PutItemCommand({}); new GetItemCommand({})`),
    ).toEqual([]);
  });
});

describe('calls of others in the function’s name', () => {
  it('Powertools', async () => {
    const text = `
      import { getSecret } from '@aws-lambda-powertools/parameters/secrets';
      import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
      await getSecret(process.env.SECRET_ARN);
      new DynamoDBPersistenceLayer({ tableName: 't' });`;
    expect(await calls(text)).toEqual([
      'secretsmanager GetSecretValue SECRET_ARN',
      'dynamodb GetItem',
      'dynamodb PutItem',
      'dynamodb UpdateItem',
      'dynamodb DeleteItem',
    ]);
  });

  it('commands in packages, once', async () => {
    const text = `import { SendMessageCommand } from '@aws-sdk/client-sqs'; new SendMessageCommand({})`;
    const packageModules = [
      '@aws-sdk/client-sqs/dist-es/commands/SendMessageCommand.js',
      '@aws-sdk/client-ssm/dist-es/commands/GetParameterCommand.js',
      '@aws-sdk/client-ssm/dist-es/commands/index.js',
      '@aws-sdk/nested-clients/dist-es/submodules/sts/commands/AssumeRoleCommand.js',
      'mysql2/lib/commands/query.js',
    ];
    expect(await calls(text, { packageModules })).toEqual(['sqs SendMessage', 'ssm GetParameter package']);
  });

  it('requests the code signs itself, where the operation is a constant', async () => {
    const text = `import { SignatureV4 } from '@smithy/signature-v4'; new SignatureV4({ service: 'ec2' }); go('RevokeSecurityGroupEgress', 'Tags')`;
    expect(await calls(text)).toEqual(['ec2 RevokeSecurityGroupEgress constant']);
  });

  it('by its own name, where the permission has another', async () => {
    const text = `import { SignatureV4 } from '@smithy/signature-v4'; new SignatureV4({ service: 's3' }); go('GetPublicAccessBlock')`;
    expect((await read(text)).calls).toMatchObject([{ actions: ['s3:GetBucketPublicAccessBlock'] }]);
  });

  it('and says so where it is not', async () => {
    const text = `import { SignatureV4 } from '@smithy/signature-v4'; new SignatureV4({ service: 'ec2' }); new SignatureV4({ service: name })`;
    const { calls: found, gaps } = await read(text);
    expect(found).toMatchObject([{ endpoint: 'ec2', actions: [] }]);
    expect(gaps).toHaveLength(2);
  });
});

it('hosts that stand in the code are connected to, those that do not are not guessed', async () => {
  const { hosts } = await read(`
    fetch('https://api.example.com/v1'); axios.get("http://internal.example:8080/x"); fetch(url); fetch(\`https://\${host}/\`);
    fetch('http://localhost:3000'); map.get('https://never.example');`);
  expect(hosts.map(({ hostname, port }) => `${hostname}:${port}`)).toEqual([
    'api.example.com:443',
    'internal.example:8080',
  ]);
});

it('variables are those that are read, or named in capitals', async () => {
  const { variables } = await read(
    `const { A } = process.env; text('DATABASE_HOST'); process.env.B; process.env[c]; 'No_Variable'`,
  );
  expect(variables).toEqual(['A', 'B', 'DATABASE_HOST']);
});

it('a package that is missing is a gap, unless it calls nothing', async () => {
  const { gaps } = await read('', { unresolved: ['left-pad', '@aws-sdk/client-s3', '@aws-lambda-powertools/logger'] });
  expect(gaps).toEqual(['left-pad is not on this machine']);
});

it('what is no JavaScript is not read', async () => {
  expect(await read('def handler(event):')).toMatchObject({
    kind: 'unread',
    why: expect.stringContaining('no JavaScript'),
  });
});

it('an SDK that was bundled into the code beforehand is a gap: its commands have lost their names', async () => {
  const { gaps, calls: found } = await read(`var a="AWS4-HMAC-SHA256";class b{c(){return a}}new b().c()`);
  expect(found).toEqual([]);
  expect(gaps).toEqual([expect.stringMatching(/carries what signs requests/)]);
});

describe('a client that is imported late', () => {
  const CONVERSE = '@aws-sdk/client-bedrock-runtime/dist-es/commands/ConverseStreamCommand.js';
  const late = `const { sdk, client } = await open(); client.send(new sdk.ConverseStreamCommand({ modelId: process.env.MODEL }));
    const open = async () => ({ sdk: await import('@aws-sdk/client-bedrock-runtime') });`;

  it('is known by the command that only it has', async () => {
    expect(await calls(late, { packageModules: [CONVERSE] })).toEqual([
      'bedrock-runtime ConverseStream (InvokeModelWithResponseStream) MODEL',
    ]);
  });

  it('is none where two have such a command, or none does', async () => {
    const both = `${late} import('@aws-sdk/client-other')`;
    const packageModules = [CONVERSE, '@aws-sdk/client-other/dist-es/commands/ConverseStreamCommand.js'];
    expect((await calls(both, { packageModules })).filter((call) => !call.endsWith('package'))).toEqual([]);
    expect(await calls(late)).toEqual([]);
  });
});

describe('URLs that are signed for others', () => {
  const presigned = async (text: string) =>
    (await read(text)).calls.map(({ operation, presigned }) => `${operation}${presigned ? ' signed' : ''}`);
  const signer = (methods: string) =>
    `import { SignatureV4 } from '@smithy/signature-v4'; const s = new SignatureV4({ service: 's3' });
     const signed = (method) => s.presign({ method }); const files = { ${methods} };`;

  it.each([
    [
      'by the SDK’s presigner, given the command',
      `import { getSignedUrl } from '@aws-sdk/s3-request-presigner'; import { PutObjectCommand } from '@aws-sdk/client-s3';
       getSignedUrl(client, new PutObjectCommand({ Bucket: 'b' }))`,
      ['PutObject signed'],
    ],
    [
      'by the SDK’s presigner, given its name',
      `import { getSignedUrl } from '@aws-sdk/s3-request-presigner'; import { GetObjectCommand } from '@aws-sdk/client-s3';
       const command = new GetObjectCommand({ Bucket: 'b' }); getSignedUrl(client, command)`,
      ['GetObject signed'],
    ],
    [
      'and a command that is sent is sent',
      `import { getSignedUrl } from '@aws-sdk/s3-request-presigner'; import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
       getSignedUrl(client, new PutObjectCommand({})); client.send(new GetObjectCommand({}))`,
      ['PutObject signed', 'GetObject'],
    ],
    [
      'as forms',
      `import { createPresignedPost } from '@aws-sdk/s3-presigned-post'; createPresignedPost(client, { Bucket: 'b' })`,
      ['PutObject signed'],
    ],
    [
      'by the code itself, as far as somebody asks for it',
      `${signer("put: () => signed('PUT'), get: () => signed('GET')")} files.get()`,
      ['GetObject signed'],
    ],
    [
      'by the code itself, which also sends what only shows while it runs',
      `${signer("get: () => signed('GET')")} fetch(files.get())`,
      ['GetObject'],
    ],
  ])('%s', async (_what, text, expected) => {
    expect(await presigned(text)).toEqual(expected);
  });
});
