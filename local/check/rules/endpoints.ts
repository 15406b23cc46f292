/** VPC endpoints nobody uses, and traffic that pays for a NAT gateway where an endpoint would do. */
import type { ResourceDescription } from '../../kernel/reconcile/contract.ts';
import type { SdkCall } from '../calls/contract.ts';
import type { Facts, Rule } from '../contract.ts';
import { findingOf, listed } from '../finding.ts';

/** us-east-1, USD. https://aws.amazon.com/privatelink/pricing/ and https://aws.amazon.com/vpc/pricing/ */
const PRICE = { interfaceHour: 0.01, interfaceGb: 0.01, natGb: 0.045 };
const HOURS_A_MONTH = 730;

export const endpointUnused: Rule = {
  code: 'endpoint-unused',
  find(facts) {
    // What could not be made might have used it.
    if (facts.diagnostics.some(({ severity }) => severity === 'error')) return [];
    const inside = facts.functions.filter(({ placement }) => placement.kind === 'vpc');
    const used = new Set(
      inside.flatMap(({ code }) => (code.kind === 'read' ? sentBy(code) : [])).map((call) => call.endpoint),
    );
    const unread = inside.filter(({ code }) => code.kind === 'unread' || code.gaps.length > 0);
    return endpointsOf(facts).flatMap((endpoint) => {
      const service = serviceOf(endpoint, facts);
      if (service === undefined || used.has(service)) return [];
      // Custom resources answer CloudFormation through S3, whatever their code calls.
      if (service === 's3' && inside.some((each) => isCustomResource(facts, each.arn))) return [];
      const others = othersInVpc(facts);
      const doubts = [
        ...(unread.length > 0
          ? [`the code of ${listed(unread.map(({ logicalId }) => logicalId))} was not read as a whole`]
          : []),
        ...(others.length > 0 ? [`${listed(others)} may use it`] : []),
      ];
      const doubt = doubts.length === 0 ? '' : `. Not proved: ${doubts.join('; ')}`;
      return findingOf(facts, {
        code: 'endpoint-unused',
        severity: isGateway(endpoint) ? 'info' : 'warning',
        certainty: doubts.length === 0 ? 'proved' : 'unknown',
        resource: endpoint.logicalId,
        message: `no function in the VPC calls ${service}; the endpoint ${costOf(endpoint)}${doubt}`,
      });
    });
  },
};

export const natInsteadOfEndpoint: Rule = {
  code: 'nat-instead-of-endpoint',
  find(facts) {
    const through = new Map<string, Set<string>>();
    for (const caller of facts.functions) {
      if (caller.placement.kind !== 'vpc' || caller.code.kind !== 'read') continue;
      for (const { endpoint } of sentBy(caller.code)) {
        const verdict = facts.reach(caller, { kind: 'aws-service', service: endpoint, port: 443 });
        if (verdict.kind !== 'yes' || !verdict.path?.some(({ kind }) => kind === 'nat-gateway')) continue;
        through.set(endpoint, (through.get(endpoint) ?? new Set()).add(caller.logicalId));
      }
    }
    const nat = [...facts.resources.values()].find(({ type }) => type === 'AWS::EC2::NatGateway');
    if (!nat) return [];
    return [...through].map(([service, callers]) =>
      findingOf(facts, {
        code: 'nat-instead-of-endpoint',
        severity: 'info',
        resource: nat.logicalId,
        message: `calls of ${service} by ${listed([...callers])} go through the NAT gateway, at ${PRICE.natGb} USD a GB. ${comparison(service)}`,
      }),
    );
  },
};

const sentBy = ({ calls }: { readonly calls: readonly SdkCall[] }): SdkCall[] =>
  calls.filter(({ presigned }) => !presigned);

function comparison(service: string): string {
  if (service === 's3' || service === 'dynamodb') return 'A gateway endpoint for it is free';
  const month = PRICE.interfaceHour * HOURS_A_MONTH;
  const from = month / (PRICE.natGb - PRICE.interfaceGb);
  return (
    `An interface endpoint costs ${month.toFixed(2)} USD a month in each zone and ${PRICE.interfaceGb} USD a GB: ` +
    `cheaper from ${Math.ceil(from)} GB a month on`
  );
}

function endpointsOf({ resources }: Facts): ResourceDescription[] {
  return [...resources.values()].filter(({ type }) => type === 'AWS::EC2::VPCEndpoint');
}

function serviceOf({ properties }: ResourceDescription, { stack }: Facts): string | undefined {
  const name = properties['ServiceName'];
  const prefix = `com.amazonaws.${stack.pseudo.region}.`;
  return typeof name === 'string' && name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

function isGateway({ properties }: ResourceDescription): boolean {
  return (properties['VpcEndpointType'] ?? 'Gateway') === 'Gateway';
}

function costOf(endpoint: ResourceDescription): string {
  if (isGateway(endpoint)) return 'is free, but it is a door that nobody needs';
  const subnets = endpoint.properties['SubnetIds'];
  const zones = Array.isArray(subnets) ? subnets.length : 1;
  return `costs ${(PRICE.interfaceHour * HOURS_A_MONTH * zones).toFixed(2)} USD a month`;
}

/** What else may stand in a VPC and call AWS: this room reads functions only. */
const CALLERS = /^AWS::(?:EC2::Instance|ECS::Service|EKS::|AutoScaling::|Batch::|SageMaker::|EMR::|Glue::)/;

function othersInVpc({ resources }: Facts): string[] {
  return [...resources.values()].filter(({ type }) => CALLERS.test(type)).map(({ logicalId }) => logicalId);
}

export function isCustomResource({ resources }: Facts, functionArn: string): boolean {
  return customResourcesOf(resources, functionArn).length > 0;
}

export function customResourcesOf(resources: Facts['resources'], functionArn: string): ResourceDescription[] {
  return [...resources.values()].filter(({ type, properties }) => {
    const isCustom = type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
    const token = properties['ServiceToken'];
    return isCustom && typeof token === 'string' && (token === functionArn || token.startsWith(`${functionArn}:`));
  });
}
