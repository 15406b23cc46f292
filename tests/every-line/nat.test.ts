/**
 * The help desk with Egress nat, and without the endpoint that it would otherwise get its secrets through: every line of
 * the way out to the internet is taken out, the request fails, and what the log then advises, taken by its word, mends it.
 * `sampan check` says the same beforehand.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../local/check/index.ts';
import { type Checker, openChecker } from './checked.ts';
import { type HelpDesk, openHelpDesk, ROOT, readIncluded } from './help-desk.ts';
import { type Line, linesThatMatter } from './lines.ts';
import { adviceIn, mend } from './mend.ts';
import { applyEdits, parse, removal } from './source-edits.ts';

const hasNat = (condition: string): boolean => condition === 'HasNat';
const TEMPLATE = withoutEndpoint(readFileSync(join(ROOT, 'template.yaml'), 'utf8'));
const PARAMETERS = { Egress: 'nat', DatabaseProtection: 'false' };

function withoutEndpoint(text: string): string {
  const isIt = ({ logicalId, kind }: Line) => logicalId === 'SecretsManagerEndpoint' && kind === 'endpoint';
  return linesThatMatter(text, hasNat).find(isIt)!.without;
}

/** What exists for the sake of the condition, and what leads to it. */
const LINES = linesThatMatter(TEMPLATE, hasNat).filter(
  ({ condition, logicalId, value }) =>
    condition === 'HasNat' || /\bHasNat\b/.test(value) || /^PrivateRouteTableAssociation/.test(logicalId),
);

/** What the log says without each: the whole of the reason. */
const REASONS: Readonly<Record<string, RegExp>> = {
  InternetGatewayAttachment: /PublicRouteTable leads to InternetGateway, which is not attached to Vpc/,
  PublicRouteTableAssociation:
    /NatGateway stands in PublicSubnet, which has no route table of its own, and the main route table of Vpc has no route to an internet gateway/,
  PublicRoute:
    /NatGateway stands in PublicSubnet, whose route table PublicRouteTable has no route to an internet gateway/,
  NatRouteA: /PrivateSubnetA's route table PrivateRouteTableA has no route to the internet/,
  NatRouteB: /PrivateSubnetB's route table PrivateRouteTableB has no route to the internet/,
  PrivateRouteTableAssociationA:
    /PrivateSubnetA has no route table of its own, and the main route table of Vpc has no route to the internet/,
  PrivateRouteTableAssociationB:
    /PrivateSubnetB has no route table of its own, and the main route table of Vpc has no route to the internet/,
  FunctionsSecurityGroup: /FunctionsSecurityGroup lets no tcp 443 out to secretsmanager/,
};

let desk: HelpDesk;
let checker: Checker;

beforeAll(async () => {
  [desk, checker] = await Promise.all([
    openHelpDesk({ failFastNetwork: true, parameterOverrides: PARAMETERS }),
    openChecker(PARAMETERS),
  ]);
  const { outcome, diagnostics } = await desk.apply(TEMPLATE);
  const findings = await proved(TEMPLATE);
  expect([outcome, diagnostics.filter(({ severity }) => severity === 'error')]).toEqual(['applied', []]);
  expect(findings).toEqual([]);
}, 120_000);

afterAll(() => Promise.all([desk?.close(), checker?.close()]));

/** The function's own log has it too, inside of what it says itself. */
const isReason = (message: string): boolean => message.startsWith('HealthFunction → ');

/** Without what the endpoint alone is the way for: the rotation's group lets nothing out to the internet. */
const proved = async (text: string): Promise<Finding[]> =>
  (await checker.findings(text)).filter(
    ({ severity, certainty, resource }) =>
      severity === 'error' && certainty === 'proved' && resource !== 'RotateDatabaseSecretFunction',
  );

it('is all of the way out', () => {
  expect(LINES.map(({ logicalId }) => logicalId).toSorted()).toEqual(Object.keys(REASONS).toSorted());
});

it('with all of it, a request gets its secret from the internet', async () => {
  const response = await fetch(`${desk.apiUrl}/health`);
  expect([response.status, desk.logged().filter(isReason)]).toEqual([200, []]);
}, 60_000);

interface Answered {
  readonly status: number;
  /** What the log says of ways that lead nowhere. */
  readonly said: readonly string[];
}

/** Of a new environment of the function, which knows no secret yet. */
async function asked(text: string): Promise<Answered> {
  await desk.apply(text, ['HealthFunction']);
  desk.logged();
  const { status } = await fetch(`${desk.apiUrl}/health`);
  return { status, said: desk.logged().filter(isReason) };
}

const ASK_DYNAMODB_TOO = ['TriageFunction', 'WebhookProcessorFunction'];
const ASK_FOR_SECRETS = [
  'AssistantFunction',
  'AttachmentProcessorFunction',
  'AttachmentsFunction',
  'HealthFunction',
  'MigrateDatabaseFunction',
  'RelayEventsFunction',
  'SlaMonitorFunction',
  'TicketsFunction',
  ...ASK_DYNAMODB_TOO,
];

describe('without', () => {
  for (const line of LINES) {
    const reason = REASONS[line.logicalId] ?? /nobody has said what it is for/;
    it(`${line.id} (template.yaml:${line.line}) the request fails, is mended by advice, and check knows`, async () => {
      // One after the other: what counts holds up the proxy and the secrets, which the function waits two seconds for.
      const { status, said } = await asked(line.without);
      const findings = await proved(line.without);
      expect([status, said]).toEqual([503, [expect.stringMatching(reason)]]);
      expect(await asked(mend(line.without, said[0]!, readIncluded))).toEqual({ status: 200, said: [] });
      // What was added goes first: a route like it cannot be made as long as it is there, on AWS neither.
      await desk.apply(line.without);

      if (line.logicalId === 'InternetGatewayAttachment') {
        // EC2 makes no route to a gateway that is attached to nothing: in a new stack that comes first.
        expect(findings[0]).toMatchObject({ code: 'deployment-refused', resource: 'PublicRoute' });
        expect(findings[0]?.message).toMatch(/the gateway is not attached to/);
        return;
      }
      const unreachable = findings.filter(({ code }) => code === 'service-unreachable');
      // The way to DynamoDB's endpoint begins in the same route table.
      const askTwo = line.logicalId.startsWith('PrivateRouteTableAssociation') ? ASK_DYNAMODB_TOO : [];
      expect(unreachable.map(({ resource }) => resource).toSorted()).toEqual(
        [...ASK_FOR_SECRETS, ...askTwo].toSorted(),
      );
      for (const { message, remedy } of unreachable) {
        expect(message).toMatch(reason);
        expect(adviceIn(remedy ?? '')).toEqual(adviceIn(said[0]!));
      }
    }, 60_000);
  }
});

describe('a NAT gateway', () => {
  it.each([
    ['SubnetId', /SubnetId is required/],
    ['AllocationId', /needs the AllocationId of an Elastic IP address/],
  ])(
    'cannot be without its %s: AWS takes no such template, and what there is goes on',
    async (property, refusal) => {
      const place = ['Resources', 'NatGateway', 'Properties', property];
      const text = applyEdits(TEMPLATE, [removal(TEMPLATE, parse(TEMPLATE), place)]);
      const { diagnostics } = await desk.apply(text, ['HealthFunction']);
      const refused = diagnostics.filter(({ code }) => code === 'invalid-property');
      expect(refused).toEqual([
        expect.objectContaining({ resource: 'NatGateway', message: expect.stringMatching(refusal) }),
      ]);
      expect((await fetch(`${desk.apiUrl}/health`)).status).toBe(200);
      const [finding] = await proved(text);
      expect(finding).toMatchObject({ code: 'deployment-refused', resource: 'NatGateway' });
      expect(finding?.message).toMatch(refusal);
    },
    60_000,
  );
});
