/**
 * Network ACLs, of which the help desk has none of its own: every entry and association of a small network is taken out.
 * The call fails, the log names the ACL and the ports, its advice, taken by its word, mends it, and `sampan check` says
 * the same beforehand.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkProject } from '../../local/cli/check.ts';
import { OWN_LOG } from '../../local/kernel/index.ts';
import { type JsonObject, parseDocument } from '../../local/template/index.ts';
import { ACCOUNT_ID, inHouse, REGION } from '../conformance/house.ts';
import { sdkBundle } from '../conformance/sdk-bundle.ts';
import { linesThatMatter } from './lines.ts';
import { adviceIn, mend } from './mend.ts';

const TEMPLATE = readFileSync(join(process.cwd(), 'tests/every-line/network-acls.yaml'), 'utf8');
const FILES = {
  'reader/node_modules/@aws-sdk/client-secrets-manager/index.js': sdkBundle('@aws-sdk/client-secrets-manager'),
  'reader/index.js': `
    const { SecretsManagerClient, GetSecretValueCommand } = require('@aws-sdk/client-secrets-manager');
    const client = new SecretsManagerClient({ maxAttempts: 1 });
    exports.handler = async () => {
      try {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: process.env.SECRET }));
        return SecretString;
      } catch (error) {
        return error.name;
      }
    };`,
};
const SECRET = 'a word';

const LINES = linesThatMatter(TEMPLATE, () => false);
const OF_ACLS = LINES.filter(({ kind, logicalId }) => kind === 'acl-entry' || /AclAssociation$/.test(logicalId));

/** What the log says without each, apart from where; the ACL is told by its own name, ports as its entries have them. */
const REASONS: Readonly<Record<string, RegExp>> = {
  FunctionsAclRequests:
    /network ACL FunctionsAcl of FunctionsSubnet does not let tcp 443 out to SecretsManagerEndpoint in EndpointsSubnet/,
  FunctionsAclAnswers:
    /network ACL FunctionsAcl of FunctionsSubnet does not let the answers, tcp 1024-65535 in from SecretsManagerEndpoint in EndpointsSubnet/,
  EndpointsAclRequests:
    /network ACL EndpointsAcl of EndpointsSubnet does not let tcp 443 in from Reader in FunctionsSubnet/,
  EndpointsAclAnswers:
    /network ACL EndpointsAcl of EndpointsSubnet does not let the answers, tcp 1024-65535 out to Reader in FunctionsSubnet/,
  // Who has no ACL of its own stands in the default one.
  FunctionsAclAssociation: /the default network ACL of Vpc of FunctionsSubnet does not let tcp 443 out to/,
  EndpointsAclAssociation: /the default network ACL of Vpc of EndpointsSubnet does not let tcp 443 in from/,
};
/** The default ACL holds nothing as long as both subnets have their own: without its entries nobody misses anything. */
const SPARE = ['DefaultAclShutIn', 'DefaultAclShutOut'];

const house = inHouse({ template: TEMPLATE, files: FILES, failFastNetwork: true });

/** What the function answers with this template, and what is said in the log meanwhile. */
async function asked(template: string): Promise<{ answer: string; said: readonly string[] }> {
  await house().apply({ template });
  const before = house().messages(OWN_LOG.logGroup).length;
  const { value } = await house().invoke('reader');
  return { answer: value, said: house().messages(OWN_LOG.logGroup).slice(before) };
}

/** Of the template that was applied last: what is wrong with the network, told as the log tells it. */
async function checked() {
  const { directory } = house();
  const project = { stackName: 'test', region: REGION, accountId: ACCOUNT_ID, parameterOverrides: {}, directory };
  const { findings } = await checkProject(
    { ...project, templateFile: join(directory, 'template.yaml'), stateDirectory: join(directory, 'state') },
    { esbuildBinary: () => require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`) },
  );
  return findings.filter(({ code }) => code === 'service-unreachable');
}

it('are all of the network', () => {
  expect(OF_ACLS.map(({ logicalId }) => logicalId).toSorted()).toEqual([...Object.keys(REASONS), ...SPARE].toSorted());
});

it('let a call through together, and check has nothing to say of them', async () => {
  expect(await asked(TEMPLATE)).toEqual({ answer: SECRET, said: [] });
  expect(await checked()).toEqual([]);
});

interface Mended {
  readonly said: string;
  /** By the names that the advice gives it. */
  readonly added: Readonly<Record<string, JsonObject>>;
}

/** The call fails for this reason, check finds the same, and the advice of both mends it. */
async function failsAndIsMended(template: string, reason: RegExp): Promise<Mended> {
  const { answer, said } = await asked(template);
  expect([answer, said]).toEqual(['NetworkUnreachable', [expect.stringMatching(reason)]]);
  const message = said[0]!;
  const findings = await checked();
  expect(findings).toEqual([
    expect.objectContaining({ severity: 'error', certainty: 'proved', message: expect.stringMatching(reason) }),
  ]);
  expect(adviceIn(findings[0]?.remedy ?? '')).toEqual(adviceIn(message));
  const mended = mend(template, message);
  expect(await asked(mended)).toEqual({ answer: SECRET, said: [] });
  expect(await checked()).toEqual([]);
  // An entry with a number that is taken cannot be made, on AWS neither: what was added goes first.
  await house().apply({ template });
  const before = resourcesOf(template);
  const added = Object.entries(resourcesOf(mended)).filter(([logicalId]) => !(logicalId in before));
  return { said: message, added: Object.fromEntries(added) };
}

const resourcesOf = (text: string) =>
  parseDocument(text, 'network-acls.yaml').tree['Resources'] as Readonly<Record<string, JsonObject>>;

describe('without', () => {
  for (const line of OF_ACLS) {
    const { id, kind, logicalId } = line;
    const place = `${id} (network-acls.yaml:${line.line})`;
    const reason = REASONS[logicalId];
    if (reason === undefined) {
      it(`${place} nothing is missed`, async () => {
        expect(await asked(line.without)).toEqual({ answer: SECRET, said: [] });
        expect(await checked()).toEqual([]);
      });
    } else {
      it(`${place} the call fails, and advice mends it`, async () => {
        const { added } = await failsAndIsMended(line.without, reason);
        if (kind === 'acl-entry') expect(Object.values(added)).toEqual([resourcesOf(TEMPLATE)[logicalId]]);
        else expect(Object.keys(added).toSorted()).toEqual(['DefaultAclInbound49', 'DefaultAclOutbound49']);
      });
    }
  }
});

describe('an entry that denies, put before what allows,', () => {
  const entry = (acl: string, Egress: boolean, From: number, To: number) => ({
    Type: 'AWS::EC2::NetworkAclEntry',
    Properties: {
      NetworkAclId: { Ref: acl },
      RuleNumber: 90,
      Protocol: 6,
      RuleAction: 'deny',
      Egress,
      CidrBlock: '10.0.0.0/16',
      PortRange: { From, To },
    },
  });
  const shut = (resource: object): string => {
    const { tree } = parseDocument(TEMPLATE, 'network-acls.yaml');
    return JSON.stringify({ ...tree, Resources: { ...(tree['Resources'] as object), Shut: resource } }, undefined, 1);
  };

  /** Of indented JSON, the resource that line `number` is in. */
  const resourceAt = (template: string, number: number): string | undefined =>
    template
      .split('\n')
      .slice(0, number)
      .map((line) => /^ {2}"(\w+)": \{/.exec(line)?.[1])
      .findLast((name) => name !== undefined);

  it.each([
    ['to requests', entry('EndpointsAcl', false, 1, 1023), /EndpointsAcl of .* tcp 443 in from Reader .*\(rule 90\)/],
    [
      'to some ports of answers',
      entry('FunctionsAcl', false, 30_000, 40_000),
      /FunctionsAcl of .* the answers, tcp 1024-65535 in from .*, of which it denies 30000-40000 \(rule 90\)/,
    ],
  ])('%s is told by its number, and its line; the advice comes before it', async (_what, denies, reason) => {
    const template = shut(denies);
    const { said, added } = await failsAndIsMended(template, reason);
    expect(resourceAt(template, Number(/template\.yaml:(\d+)\)/.exec(said)?.[1]))).toBe('Shut');
    expect(Object.values(added)).toEqual([
      expect.objectContaining({ Properties: expect.objectContaining({ RuleNumber: 89, RuleAction: 'allow' }) }),
    ]);
  });
});
