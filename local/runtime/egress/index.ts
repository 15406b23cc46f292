export * from './contract.ts';
export { createEgress, type Egress, type EgressOptions } from './egress.ts';
export {
  createEgressPolicy,
  type EgressPolicyOptions,
  type EgressRules,
  type HostPort,
} from './policy.ts';
