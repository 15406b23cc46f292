import { expect, test } from '@jest/globals';
import pico from 'picocolors';
import { canReach, type Destination } from '../../policy/network/index.ts';
import { careful, inside, withNat } from '../../policy/network/network.fixture.ts';
import { type Asker, reachMatrix, type Target } from './matrix.ts';
import { formatTable, formatWays } from './print.ts';

const colours = pico.createColors(false);
const service = (name: string): Target => ({ name, destination: { kind: 'aws-service', service: name, port: 443 } });
const database: Target = {
  name: 'Database',
  destination: {
    kind: 'placed',
    name: 'Database',
    port: 3306,
    placement: { kind: 'vpc', subnetIds: ['SubnetB'], securityGroupIds: ['Database'] },
  },
};
const internet: Target = { name: 'internet', destination: { kind: 'internet', hostname: 'example.com', port: 443 } };
const targets = [service('sqs'), service('sns'), database, internet];
const asker = (name: string, placement: Asker['placement'], ...uses: string[]): Asker => ({
  name,
  placement,
  uses: new Set(uses),
});
const within = inside(['SubnetA', 'SubnetB']);
const by = (graph: ReturnType<typeof careful>) => (who: Asker, to: Destination) =>
  canReach(graph, who.placement, to, { name: who.name });

test('tells for every function what it reaches and how, what its code uses, and why that is not reached', () => {
  const rows = reachMatrix(
    [asker('tickets', within, 'sqs', 'sns'), asker('webhooks', { kind: 'public' }, 'sns')],
    targets,
    by(careful()),
  );
  expect(formatTable(rows, colours)).toBe(
    [
      '          sqs        sns      Database  internet',
      'tickets   *endpoint  *no      inside    no',
      'webhooks  public     *public  no        public',
      '',
      "endpoint: by a VPC endpoint; inside: inside the VPC; public: from Lambda's own network; no: not reached; *: its code uses it",
      '',
      "tickets → sns: SubnetA's route table TableA has no route to the internet and the VPC has no com.amazonaws.us-east-1.sns endpoint",
      '',
    ].join('\n'),
  );
});

test('tells NAT gateways from endpoints, and says where it does not know', () => {
  const elsewhere = inside(['subnet-of-another-stack']);
  const rows = reachMatrix([asker('tickets', within), asker('stats', elsewhere, 'sqs')], targets, by(withNat()));
  const table = formatTable(rows, colours).split('\n');
  expect(table[1]).toMatch(/^tickets +endpoint +nat +inside +nat$/);
  expect(table[2]).toMatch(/^stats +\*\? +\? +\? +\?$/);
  expect(table).toContain('stats → sqs: subnet subnet-of-another-stack is not known here: it is not of this stack');
});

test('shows the ways of one function hop by hop, with lines, and what mends those that are closed', () => {
  const [row] = reachMatrix([asker('tickets', within)], targets, by(careful()));
  const text = formatWays(row!, ({ logicalId }) => (logicalId === 'TableA' ? 'template.yaml:7' : undefined), colours);
  expect(text).toContain('tickets → sqs:443 yes (sqsEndpoint)\n  subnet SubnetA: tickets stands in SubnetA of Vpc\n');
  expect(text).toContain('  route-table TableA: has no route to the internet template.yaml:7\n');
  expect(text).toContain('  add to Resources:\n    SnsEndpoint:\n      Type: AWS::EC2::VPCEndpoint\n');
});
