/** AWS::XRay::SamplingRule and AWS::XRay::Group. */
import type { SamplingRule as WireRule } from '@aws-sdk/client-xray';
import { AwsError } from '../../kernel/aws-error.ts';
import { readProperties } from '../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import type { JsonObject } from '../../kernel/service.ts';
import { createGroup, updateGroup } from './group-operations.ts';
import type { Room } from './room.ts';
import { createRule, readRule } from './sampling-operations.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-xray-samplingrule.html */
export function samplingRuleProvider(room: Room): Provider {
  const { sampling, tags } = room;

  interface Read {
    readonly rule: WireRule & { RuleName: string };
    readonly tags: Record<string, string>;
  }

  function wireRule(request: ResourceRequest, name: string): Read {
    return readProperties(request, (reader) => {
      const rule = reader.object('SamplingRule', (inner) => ({
        RuleName: inner.text('RuleName') ?? name,
        ResourceARN: inner.requiredText('ResourceARN'),
        Priority: inner.requiredInteger('Priority', [1, 9999]),
        FixedRate: Number(inner.requiredText('FixedRate')),
        ReservoirSize: inner.requiredInteger('ReservoirSize', [0, Number.MAX_SAFE_INTEGER]),
        ServiceName: inner.requiredText('ServiceName'),
        ServiceType: inner.requiredText('ServiceType'),
        Host: inner.requiredText('Host'),
        HTTPMethod: inner.requiredText('HTTPMethod'),
        URLPath: inner.requiredText('URLPath'),
        Version: inner.integer('Version') ?? 1,
        Attributes: textsOf(inner.properties['Attributes']),
      }));
      if (rule === undefined) reader.refuse([], 'SamplingRule is required');
      const tags = reader.objects('Tags', (tag) => [tag.requiredText('Key'), tag.text('Value') ?? '']);
      // What is refused is thrown before anybody sees this.
      return { rule: (rule ?? {}) as Read['rule'], tags: Object.fromEntries(tags) as Record<string, string> };
    });
  }

  const result = (name: string): ResourceResult => {
    const arn = room.ruleArn(name);
    return { physicalId: arn, attributes: { RuleARN: arn } };
  };

  return {
    create(request) {
      const wire = wireRule(request, request.generatedName.slice(0, 32));
      if (request.interrupted) sampling.delete(wire.rule.RuleName);
      const { name } = createRule(room, wire.rule);
      tags.put(room.ruleArn(name), wire.tags);
      return result(name);
    },
    update(request, existing) {
      const before = existing.physicalId.split('/').slice(1).join('/');
      const wire = wireRule(request, before);
      if (wire.rule.RuleName !== before) return result(createRule(room, wire.rule).name);
      const created = sampling.rules().find(({ name }) => name === before)?.createdAt ?? room.clock.now();
      sampling.put(readRule(room, wire.rule, created));
      tags.put(existing.physicalId, wire.tags);
      return result(before);
    },
    delete({ physicalId }) {
      sampling.delete(physicalId.split('/').slice(1).join('/'));
      tags.delete(physicalId);
    },
    unsupported: ({ properties }) =>
      ['SamplingRuleRecord', 'SamplingRuleUpdate', 'RuleName'].flatMap((name) =>
        properties[name] === undefined
          ? []
          : [{ path: [name], message: `${name} is deprecated, and not read: say it in SamplingRule` }],
      ),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-xray-group.html */
export function groupProvider(room: Room): Provider {
  const read = (request: ResourceRequest) =>
    readProperties(request, (reader) => ({
      GroupName: reader.requiredText('GroupName'),
      FilterExpression: reader.text('FilterExpression'),
      InsightsConfiguration: reader.object('InsightsConfiguration', (inner) => ({
        InsightsEnabled: inner.boolean('InsightsEnabled'),
        NotificationsEnabled: inner.boolean('NotificationsEnabled'),
      })),
    }));
  const result = ({ arn }: { arn: string }): ResourceResult => ({ physicalId: arn, attributes: { GroupARN: arn } });
  return {
    create(request) {
      const input = read(request);
      if (request.interrupted) room.groups.delete(input.GroupName);
      if (room.groups.get(input.GroupName)) {
        throw new AwsError('AlreadyExists', `The group ${input.GroupName} already exists.`);
      }
      return result(createGroup(room, input));
    },
    update(request, existing) {
      const input = read(request);
      if (input.GroupName !== existing.properties['GroupName']) return result(createGroup(room, input));
      return result(updateGroup(room, input.GroupName, input));
    },
    delete({ properties }) {
      room.groups.delete(String(properties['GroupName']));
    },
    unsupported: ({ properties }) => {
      const insights = properties['InsightsConfiguration'] as JsonObject | undefined;
      return insights?.['InsightsEnabled'] === true
        ? [{ path: ['InsightsConfiguration'], message: 'recorded, no effect: nobody looks for insights' }]
        : [];
    },
  };
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}
