/** What functions call and cannot get to: AWS services, databases of the stack, hosts that stand in their code. */

import type { Destination } from '../../policy/network/contract.ts';
import type { CodePlace, SdkCall } from '../calls/contract.ts';
import type { Facts, Finding, FunctionFacts, Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';

const VPC = ['VpcConfig'];

export const serviceUnreachable: Rule = {
  code: 'service-unreachable',
  find: (facts) => facts.functions.flatMap((caller) => servicesOf(facts, caller)),
};

function servicesOf(facts: Facts, caller: FunctionFacts): Finding[] {
  if (caller.code.kind !== 'read') return [];
  const sent = caller.code.calls.filter(({ presigned }) => !presigned);
  const byEndpoint = Map.groupBy(sent, ({ endpoint }) => endpoint);
  return [...byEndpoint].flatMap(([service, calls]) => {
    const verdict = facts.reach(caller, { kind: 'aws-service', service, port: 443 });
    if (verdict.kind !== 'no') return [];
    const isCertain = calls.some((call) => call.basis !== 'package' && !maySignOnly(call));
    const [first] = calls;
    const who = `${caller.logicalId} calls ${service} (${first!.operation}${placed(first!.at)})`;
    const why = calls.some(maySignOnly)
      ? 'it signs such requests, and may leave it to others to send them'
      : 'the call is in a package it uses';
    const doubt = isCertain ? '' : `. Whether it really does is not proved: ${why}`;
    return findingOf(facts, {
      code: 'service-unreachable',
      severity: 'error',
      certainty: isCertain ? 'proved' : 'unknown',
      resource: caller.logicalId,
      path: VPC,
      message: `${who} and cannot reach it: ${verdict.reason}${doubt}`,
      remedy: verdict.remedy,
    });
  });
}

/** URLs of objects are mostly signed to be handed on. */
const maySignOnly = ({ basis, endpoint }: SdkCall): boolean => basis === 'constant' && endpoint === 's3';

export const databaseUnreachable: Rule = {
  code: 'database-unreachable',
  find: (facts) => facts.functions.flatMap((caller) => databasesOf(facts, caller)),
};

/** Default ports of the engines that RDS has. */
const PORTS = [3306, 5432, 1433, 1521];

function databasesOf(facts: Facts, caller: FunctionFacts): Finding[] {
  return Object.entries(caller.variables).flatMap(([name, hostname]) => {
    const ports = [...Object.values(caller.variables).map(Number).filter(isPort), ...PORTS];
    const port = ports.find((candidate) => facts.placeOf(hostname, candidate));
    const database = port === undefined ? undefined : facts.placeOf(hostname, port);
    if (port === undefined || !database?.placement) return [];
    const to: Destination = { kind: 'placed', name: hostname, port, placement: database.placement };
    const verdict = facts.reach(caller, to);
    if (verdict.kind !== 'no') return [];
    const reads = caller.code.kind === 'read' && caller.code.variables.includes(name);
    const doubt = reads ? '' : `. Whether it connects is not certain: its code does not mention ${name}`;
    return findingOf(facts, {
      code: 'database-unreachable',
      severity: 'error',
      certainty: reads ? 'proved' : 'unknown',
      resource: caller.logicalId,
      path: VPC,
      message: `${caller.logicalId} is told of ${hostname}:${port} by ${name} and cannot reach it: ${verdict.reason}${doubt}`,
      remedy: verdict.remedy,
    });
  });
}

const isPort = (value: number): boolean => Number.isInteger(value) && value > 0 && value < 65_536;

export const hostUnreachable: Rule = {
  code: 'host-unreachable',
  find: (facts) =>
    facts.functions.flatMap((caller) => {
      if (caller.code.kind !== 'read') return [];
      const hosts = new Map(caller.code.hosts.map((host) => [`${host.hostname}:${host.port}`, host]));
      return [...hosts.values()].flatMap(({ hostname, port, at }) => {
        const verdict = facts.reach(caller, { kind: 'internet', hostname, port });
        if (verdict.kind !== 'no') return [];
        return findingOf(facts, {
          code: 'host-unreachable',
          severity: 'error',
          resource: caller.logicalId,
          path: VPC,
          message: `${caller.logicalId} connects to ${hostname}:${port}${placed(at)} and cannot reach it: ${verdict.reason}`,
          remedy: verdict.remedy,
        });
      });
    }),
};

function placed(at: CodePlace | undefined): string {
  return at ? `, ${at.file}:${at.line}` : '';
}
