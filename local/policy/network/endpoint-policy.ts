import type { JsonObject } from '../../template/stack.ts';
import type { PolicyDocument, Statement } from '../iam/document.ts';
import type { VpcEndpoint } from './graph.ts';
import { nameOf } from './naming.ts';
import type { Via } from './verdict.ts';

const known = new WeakMap<VpcEndpoint, Via>();

/** The endpoint and its policy, as the IAM evaluator takes it: the same object for the same endpoint. */
export function endpointPolicy(endpoint: VpcEndpoint): Via {
  const before = known.get(endpoint);
  if (before) return before;
  const via = viaOf(endpoint);
  known.set(endpoint, via);
  return via;
}

function viaOf(endpoint: VpcEndpoint): Via {
  const { vpcEndpointId, vpcId, place } = endpoint;
  if (endpoint.policy === undefined) return { vpcEndpointId, vpcId };
  const source = {
    kind: 'endpoint',
    name: `policy of the VPC endpoint ${nameOf(endpoint, vpcEndpointId)}`,
    ...(place && { place: { ...place, path: ['PolicyDocument'] } }),
  } as const;
  return { vpcEndpointId, vpcId, policy: { document: documentOf(endpoint.policy as JsonObject), source } };
}

/** What may be written as one value becomes a list. EC2 refused what is no policy when the endpoint was made. */
function documentOf({ Version, Statement: statements }: JsonObject): PolicyDocument {
  return {
    Version: Version === '2012-10-17' ? Version : '2008-10-17',
    Statement: listOf(statements).map((one) => statementOf(one as JsonObject)),
  };
}

function statementOf(statement: JsonObject): Statement {
  const lists = Object.fromEntries(
    ['Action', 'NotAction', 'Resource', 'NotResource'].flatMap((name) =>
      name in statement ? [[name, listOf(statement[name]).map(String)]] : [],
    ),
  );
  const principals = Object.fromEntries(
    ['Principal', 'NotPrincipal'].flatMap((name) => {
      const value = statement[name];
      if (value === undefined) return [];
      return [[name, value === '*' ? '*' : mapOf(value as JsonObject, (names) => listOf(names).map(String))]];
    }),
  );
  return {
    ...(typeof statement['Sid'] === 'string' && { Sid: statement['Sid'] }),
    Effect: statement['Effect'] === 'Allow' ? 'Allow' : 'Deny',
    ...principals,
    ...lists,
    ...(statement['Condition'] !== undefined && {
      Condition: mapOf(statement['Condition'] as JsonObject, (keys) =>
        mapOf(keys as JsonObject, (values) => listOf(values).map(String)),
      ),
    }),
  };
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

function mapOf<T>(object: JsonObject, each: (value: JsonObject[string]) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, each(value)]));
}
