/**
 * The help desk's ways to S3 and to Bedrock are necessary and sufficient: with them everything answers, without any part
 * of one the calls that take it fail, and no others, and the log names the hop.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HelpDesk, openHelpDesk, ROOT } from '../../every-line/help-desk.ts';
import { draftWithFile, exchangeFile, makeTickets, rotate, signUp } from '../../every-line/journeys.ts';
import { type Line, linesThatMatter } from '../../every-line/lines.ts';

const TEMPLATE = readFileSync(join(ROOT, 'template.yaml'), 'utf8');
const LINES = linesThatMatter(TEMPLATE, () => false);

let desk: HelpDesk;

beforeAll(async () => {
  desk = await openHelpDesk({ failFastNetwork: true, parameterOverrides: { DatabaseProtection: 'false' } });
  const { outcome } = await desk.apply(TEMPLATE);
  expect(outcome).toBe('applied');
  await makeTickets(desk);
}, 120_000);

afterAll(() => desk?.close());

const lineOf = (logicalId: string, kind: Line['kind'], value = ''): Line => {
  const found = LINES.find((line) => line.logicalId === logicalId && line.kind === kind && line.value.includes(value));
  if (!found) throw new Error(`the template has no ${kind} ${value} of ${logicalId}`);
  return found;
};

const EVERYBODY = ['TicketsFunction', 'HealthFunction', 'AttachmentsFunction', 'RotateDatabaseSecretFunction'];

interface Answers {
  /** Whose requests were not answered as they should be. */
  readonly failed: readonly string[];
  /** What the assistant was told. */
  readonly draft: string;
  readonly log: readonly string[];
}

/** In new environments of the assistant and of others: connections from before would still be good. */
async function ask(text: string, others: readonly string[]): Promise<Answers> {
  await desk.apply(text, ['AssistantFunction', ...others]);
  desk.logged();
  const token = await desk.token();
  const status = async (path: string) =>
    (await fetch(`${desk.apiUrl}${path}`, { headers: { authorization: token } })).status;
  // In two turns: more cold starts at a time keep each other from the database for longer than functions wait for it.
  const [tickets, health, files] = await Promise.all([status('/tickets'), status('/health'), exchangeFile(desk)]);
  const [rotation, customers, draft] = await Promise.all([rotate(desk), signUp(desk), draftWithFile(desk)]);
  const answered = {
    tickets: tickets === 200,
    health: health === 200,
    files: files.works,
    rotation: rotation.works,
    customers: customers.works,
    assistant: draft.works,
  };
  const failed = Object.entries(answered).flatMap(([name, works]) => (works ? [] : [name]));
  return { failed, draft: draft.told, log: desk.logged() };
}

/** What the log says of ways that lead nowhere, and of policies on the way, a line each. */
const hops = (log: readonly string[]): string[] => [
  ...new Set(
    log
      .filter((line) => /^\w+Function → /.test(line) || /^arn:.*VPC endpoint policy/.test(line))
      .map((line) => line.split('\n')[0]!),
  ),
];

test('with both, everything answers', async () => {
  const { failed, log } = await ask(TEMPLATE, EVERYBODY);
  expect({ failed, hops: hops(log) }).toEqual({ failed: [], hops: [] });
}, 60_000);

describe('S3', () => {
  it.each([
    ['its endpoint', lineOf('S3Endpoint', 'endpoint'), EVERYBODY, /^AssistantFunction → s3: .*no .*s3 endpoint/],
    [
      'the rule for what leaves',
      lineOf('FunctionsSecurityGroup', 'group-rule', 'S3'),
      [],
      /^AssistantFunction → s3: FunctionsSecurityGroup lets no tcp 443 out/,
    ],
    [
      "the endpoint policy's statement",
      lineOf('S3Endpoint', 'endpoint-statement', 'AttachmentsOfTickets'),
      [],
      /AssistantRole.*the VPC endpoint policy does not allow it: .*call s3:GetObject/,
    ],
  ] as const)(
    'without %s the assistant drafts without the file, and everything else answers',
    async (_what, line, others, hop) => {
      const { failed, draft, log } = await ask(line.without, others);
      expect(failed).toEqual(['assistant']);
      expect(draft).toMatch(/^a draft without the file: /);
      expect(hops(log)).toEqual([expect.stringMatching(hop)]);
    },
    60_000,
  );
});

describe('Bedrock', () => {
  it.each([
    [
      'its endpoint',
      lineOf('BedrockEndpoint', 'endpoint'),
      EVERYBODY,
      /^AssistantFunction → bedrock-runtime: .*no .*bedrock-runtime endpoint/,
    ],
    [
      'its private names',
      lineOf('BedrockEndpoint', 'endpoint-private-dns'),
      [],
      /^AssistantFunction → bedrock-runtime: /,
    ],
    ['its security group', lineOf('BedrockEndpoint', 'group-membership'), [], /^AssistantFunction → bedrock-runtime: /],
    [
      "the endpoint policy's statement",
      lineOf('BedrockEndpoint', 'endpoint-statement'),
      [],
      /AssistantRole.*the VPC endpoint policy does not allow it: .*call bedrock:InvokeModelWithResponseStream/,
    ],
    [
      'the model in the endpoint policy',
      lineOf('BedrockEndpoint', 'endpoint-resource', 'foundation-model'),
      [],
      /AssistantRole.*the VPC endpoint policy does not allow it: .*call bedrock:InvokeModelWithResponseStream/,
    ],
    [
      'the profile in the endpoint policy',
      lineOf('BedrockEndpoint', 'endpoint-resource', 'inference-profile'),
      [],
      /AssistantRole.*the VPC endpoint policy does not allow it: .*call bedrock:InvokeModelWithResponseStream/,
    ],
  ] as const)(
    'without %s the assistant has no model, and everything else answers',
    async (_what, line, others, hop) => {
      const { failed, draft, log } = await ask(line.without, others);
      expect(failed).toEqual(['assistant']);
      expect(draft).toMatch(/: 503 .*MODEL_UNAVAILABLE/);
      expect(hops(log)).toEqual([expect.stringMatching(hop)]);
      // Its file it has.
      expect(log.filter((message) => message.includes('An attachment is left out'))).toEqual([]);
    },
    60_000,
  );
});

test('DynamoDB’s endpoint is spare', async () => {
  const { failed, log } = await ask(lineOf('DynamoDbEndpoint', 'endpoint').without, []);
  expect({ failed, hops: hops(log) }).toEqual({ failed: [], hops: [] });
}, 60_000);
