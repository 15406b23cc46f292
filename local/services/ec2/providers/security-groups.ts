/** AWS::EC2::SecurityGroup, AWS::EC2::SecurityGroupIngress, AWS::EC2::SecurityGroupEgress. */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceResult } from '../../../kernel/provider.ts';
import { isSomebodys, sayElsewhere, vpcOrElsewhere } from '../elsewhere.ts';
import { inUse, refused } from '../errors.ts';
import { type Network, newId, type Room } from '../network.ts';
import type { SecurityGroup, SecurityGroupRule, Tag } from '../records.ts';
import { ALLOW_ALL_EGRESS, addRules, type Direction, readRule, sameRule, withId } from '../security-group-rules.ts';
import { defaultVpc } from '../vpcs.ts';
import { type Made, networkProvider, readTags } from './network-provider.ts';

type NewRule = Omit<SecurityGroupRule, 'ruleId'>;

interface GroupProperties {
  readonly groupName?: string;
  readonly description: string;
  readonly vpcId?: string;
  readonly ingress: readonly NewRule[];
  readonly egress: readonly NewRule[];
  readonly tags: readonly Tag[];
}

const TEXT = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

export function securityGroupProvider(room: Room): Provider {
  const { store, network } = room;
  const result = (group: SecurityGroup): ResourceResult => ({
    physicalId: group.groupId,
    attributes: { GroupId: group.groupId, Id: group.groupId, VpcId: group.vpcId },
  });
  return networkProvider<GroupProperties>(store, {
    read: readGroup,
    replacedBy: ['GroupDescription', 'GroupName', 'VpcId'],
    records: network.securityGroups,
    create: (properties, made) => {
      const vpcId = vpcOf(room, properties, made);
      const groupName = properties.groupName ?? made.owner;
      const sameName = (group: SecurityGroup) => group.vpcId === vpcId && group.groupName === groupName;
      if (network.securityGroups.where(sameName).length > 0) {
        throw refused('InvalidGroup.Duplicate', `The security group '${groupName}' already exists for VPC '${vpcId}'`);
      }
      const groupId = newId('sg');
      const empty: SecurityGroup = {
        groupId,
        groupName,
        description: properties.description,
        vpcId,
        ingress: [],
        egress: [],
        ...made,
        tags: properties.tags,
      };
      network.securityGroups.put(groupId, empty);
      return result(network.securityGroups.put(groupId, withInlineRules(network, empty, properties, made)));
    },
    update: (properties, { physicalId }, before, made) => {
      const group = network.securityGroups.get(physicalId);
      const bare = {
        ...group,
        ingress: withoutInline(group.ingress, before.ingress),
        egress: withoutInline(group.egress, inlineEgress(before)),
        tags: properties.tags,
      };
      return result(network.securityGroups.put(physicalId, withInlineRules(network, bare, properties, made)));
    },
    delete: ({ physicalId }) => {
      if (isReferenced(network, physicalId)) throw inUse('resource', physicalId);
      network.securityGroups.delete(physicalId);
    },
  });
}

function vpcOf(room: Room, { vpcId }: GroupProperties, made: Made): string {
  if (vpcId === undefined) return defaultVpc(room).vpcId;
  vpcOrElsewhere(room, vpcId, made);
  return vpcId;
}

function withInlineRules(
  network: Network,
  group: SecurityGroup,
  properties: GroupProperties,
  { place }: Made,
): SecurityGroup {
  const placed = (list: string) => (rule: NewRule, index: number) =>
    withId({ ...rule, place: { ...place, path: [list, index] } });
  const ingress = properties.ingress.map(placed('SecurityGroupIngress'));
  const egress =
    properties.egress.length > 0 ? properties.egress.map(placed('SecurityGroupEgress')) : [withId(ALLOW_ALL_EGRESS)];
  return addRules(network, addRules(network, group, 'ingress', ingress, true), 'egress', egress, true);
}

/** A group whose template names no rule for what goes out gets the one that lets everything. */
function inlineEgress({ egress }: GroupProperties): readonly NewRule[] {
  return egress.length > 0 ? egress : [ALLOW_ALL_EGRESS];
}

/** Rules that are resources of their own stay. */
function withoutInline(rules: readonly SecurityGroupRule[], inline: readonly NewRule[]): readonly SecurityGroupRule[] {
  return rules.filter((rule) => !inline.some((other) => sameRule(rule, other)));
}

function isReferenced(network: Network, groupId: string): boolean {
  const names = ({ peer }: SecurityGroupRule) => peer.kind === 'security-group' && peer.groupId === groupId;
  const byGroup = network.securityGroups.where(
    (group) => group.groupId !== groupId && (group.ingress.some(names) || group.egress.some(names)),
  );
  const byEndpoint = network.endpoints.where(({ securityGroupIds }) => securityGroupIds.includes(groupId));
  return byGroup.length + byEndpoint.length > 0;
}

function readGroup(reader: PropertyReader): GroupProperties {
  const description = reader.requiredText('GroupDescription');
  const groupName = reader.text('GroupName');
  for (const [name, value] of Object.entries({ GroupDescription: description, GroupName: groupName })) {
    if (value !== undefined && !TEXT.test(value)) {
      reader.refuse(
        [name],
        `Value (${value}) for parameter ${name} is invalid. Valid are up to 255 of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*`,
      );
    }
  }
  if (groupName?.startsWith('sg-')) reader.refuse(['GroupName'], `Group names may not be in the format sg-*.`);
  return {
    description,
    groupName,
    vpcId: reader.text('VpcId'),
    ingress: reader.objects('SecurityGroupIngress', (rule) => readRule(rule, 'ingress')),
    egress: reader.objects('SecurityGroupEgress', (rule) => readRule(rule, 'egress')),
    tags: readTags(reader),
  };
}

/** A rule that is a resource of its own. */
export function securityGroupRuleProvider(room: Room, direction: Direction): Provider {
  const { store, network } = room;
  const result = (ruleId: string): ResourceResult => ({ physicalId: ruleId, attributes: { Id: ruleId } });
  const holderOf = (ruleId: string): SecurityGroup | undefined =>
    network.securityGroups.where((group) => group[direction].some((rule) => rule.ruleId === ruleId))[0];

  return networkProvider<{ groupId: string; rule: NewRule }>(store, {
    read: (reader) => ({ groupId: reader.requiredText('GroupId'), rule: readRule(reader, direction) }),
    create: ({ groupId, rule }, { place }) => {
      const added = withId({ ...rule, place });
      if (!network.securityGroups.find(groupId) && isSomebodys('sg', groupId)) {
        sayElsewhere(
          room,
          place.logicalId,
          `security group ${groupId}`,
          'its rule is kept nowhere, and whether it lets something through is not known',
        );
        return result(added.ruleId);
      }
      const group = network.securityGroups.get(groupId);
      network.securityGroups.put(groupId, addRules(network, group, direction, [added], true));
      return result(added.ruleId);
    },
    delete: ({ physicalId }) => {
      const group = holderOf(physicalId);
      if (!group) return;
      const rules = group[direction].filter(({ ruleId }) => ruleId !== physicalId);
      network.securityGroups.put(group.groupId, { ...group, [direction]: rules });
    },
  });
}
