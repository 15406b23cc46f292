export { isPrivate, parseAddress } from './cidr.ts';
export * from './contract.ts';
export { destinationOf } from './destination.ts';
export { type AwsHost, awsHost, endpointName, endpointOfCall } from './endpoint-names.ts';
export type { NetworkGraph } from './graph.ts';
export type { Traveller } from './journey.ts';
export { canLookUp, canReach, targetOf } from './reach.ts';
export * from './verdict.ts';
