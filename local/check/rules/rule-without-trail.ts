/**
 * EventBridge hears of calls of the AWS API only where a trail logs them.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
import type { ResourceDescription } from '../../kernel/reconcile/contract.ts';
import type { Json } from '../../template/stack.ts';
import type { Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';
import { below } from '../json.ts';

export const ruleWithoutTrail: Rule = {
  code: 'rule-without-trail',
  find: (facts) =>
    rulesWithoutTrail([...facts.resources.values()]).map(({ logicalId, message }) =>
      findingOf(facts, {
        code: 'rule-without-trail',
        severity: 'warning',
        certainty: 'unknown',
        resource: logicalId,
        path: PATH,
        message: `${message}; a trail of the account that is not in this stack would do`,
      }),
    ),
};

/** Where a rule says what it is for, below its properties. */
export const PATH = ['EventPattern', 'detail-type'] as const;

type Described = Pick<ResourceDescription, 'logicalId' | 'type' | 'properties'>;

/** Rules that wait for records of API calls, of a stack in which nobody makes any. */
export function rulesWithoutTrail(resources: readonly Described[]): { logicalId: string; message: string }[] {
  if (resources.some(isLoggingTrail)) return [];
  return resources.filter(waitsForCalls).map(({ logicalId }) => ({
    logicalId,
    message: `${logicalId} never fires: no trail logs management events, and without one EventBridge hears of no API call`,
  }));
}

function waitsForCalls({ type, properties }: Described): boolean {
  if (type !== 'AWS::Events::Rule' || properties['State'] === 'DISABLED') return false;
  const { EventBusName: bus } = properties;
  if (bus !== undefined && !/^(.*event-bus\/)?default$/.test(String(bus))) return false;
  return listOf(below(properties, ...PATH)).includes('AWS API Call via CloudTrail');
}

function isLoggingTrail({ type, properties }: Described): boolean {
  if (type !== 'AWS::CloudTrail::Trail' || String(properties['IsLogging']) !== 'true') return false;
  const { EventSelectors: basic, AdvancedEventSelectors: advanced } = properties;
  if (advanced !== undefined) return JSON.stringify(advanced).includes('"Management"');
  if (basic === undefined) return true;
  return listOf(basic).some((selector) => String(below(selector, 'IncludeManagementEvents') ?? true) === 'true');
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
