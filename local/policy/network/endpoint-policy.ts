import type { Json } from '../../template/stack.ts';
import { MalformedPolicy, type PolicyDocument, readPolicy } from '../iam/document.ts';
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
  return { vpcEndpointId, vpcId, policy: { document: documentOf(endpoint.policy as Json), source } };
}

/** EC2 refuses what is no policy when the endpoint is made; what came before it did allows nothing. */
function documentOf(policy: Json): PolicyDocument {
  try {
    return readPolicy(policy, 'endpoint');
  } catch (error) {
    if (error instanceof MalformedPolicy) return { Version: '2012-10-17', Statement: [] };
    throw error;
  }
}
