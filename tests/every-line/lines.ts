/**
 * Every line of a template that a request depends on, each with the template without it: permissions, endpoints and their
 * policies, rules of groups, routes, associations, network ACL entries, Lambda permissions, key grants, trust, and whom
 * queues let in. What starts something by itself (rules, mappings, schedules) is none of them: without it nobody asks, and
 * nothing fails.
 *
 * A policy of one statement loses the whole policy where it may (a role's own). Where a document must stay, as a trust or
 * an endpoint policy, its statement is changed so that it is about somebody or something else: AWS takes no empty one.
 */
import { type Document, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { applyEdits, type Edit, lineAt, offsetOf, type Path, parse, removal, replacement } from './source-edits.ts';

export type LineKind =
  | 'role-statement'
  | 'role-action'
  | 'role-resource'
  | 'managed-policy'
  | 'trust'
  | 'key-statement'
  | 'key-action'
  | 'condition'
  | 'resource-statement'
  | 'resource-action'
  | 'resource-resource'
  | 'resource-principal'
  | 'policy-target'
  | 'lambda-permission'
  | 'endpoint'
  | 'endpoint-statement'
  | 'endpoint-principal'
  | 'endpoint-action'
  | 'endpoint-resource'
  | 'endpoint-private-dns'
  | 'endpoint-subnet'
  | 'group-membership'
  | 'group-rule'
  | 'route'
  | 'association'
  | 'acl-entry'
  | 'proxy-auth'
  | 'vpc';

export interface Line {
  /** `TicketsRole.Policies.0.PolicyDocument.Statement.3 secretsmanager:GetSecretValue` */
  readonly id: string;
  readonly kind: LineKind;
  readonly logicalId: string;
  readonly type: string;
  /** Below the resource's `Properties`; empty for the resource as a whole. */
  readonly path: Path;
  /** 1-based, in the whole template. */
  readonly line: number;
  /** What stands there, on one line: a statement's Sid or actions, an action, a reference. */
  readonly value: string;
  /** Of the statement it belongs to, if it belongs to one. */
  readonly sid?: string;
  /** The resource's condition. */
  readonly condition?: string;
  /** What takes it out; those of several lines go together. */
  readonly edits: readonly Edit[];
  /** The template without it. */
  readonly without: string;
}

/** Types that are one line of the network or of a permission each; others refer to none of them but by DependsOn. */
const WHOLE: Readonly<Record<string, LineKind>> = {
  'AWS::EC2::VPCEndpoint': 'endpoint',
  'AWS::EC2::SecurityGroupIngress': 'group-rule',
  'AWS::EC2::SecurityGroupEgress': 'group-rule',
  'AWS::EC2::SubnetRouteTableAssociation': 'association',
  'AWS::EC2::SubnetNetworkAclAssociation': 'association',
  'AWS::EC2::VPCGatewayAttachment': 'association',
  'AWS::EC2::Route': 'route',
  'AWS::EC2::NetworkAclEntry': 'acl-entry',
  'AWS::Lambda::Permission': 'lambda-permission',
};

/** Lists of which every item is a line, by `type.property`. */
const ITEMS: Readonly<Record<string, LineKind>> = {
  'AWS::IAM::Role.ManagedPolicyArns': 'managed-policy',
  'AWS::EC2::SecurityGroup.SecurityGroupEgress': 'group-rule',
  'AWS::EC2::SecurityGroup.SecurityGroupIngress': 'group-rule',
  'AWS::EC2::VPCEndpoint.RouteTableIds': 'route',
  'AWS::EC2::VPCEndpoint.SubnetIds': 'endpoint-subnet',
  'AWS::RDS::DBProxy.Auth': 'proxy-auth',
  'AWS::SQS::QueuePolicy.Queues': 'policy-target',
  'AWS::SNS::TopicPolicy.Topics': 'policy-target',
};

/** Properties that are a line by themselves. Of a list of groups only the whole: what has none is in the default group. */
const PROPERTIES: Readonly<Record<string, LineKind>> = {
  'AWS::EC2::VPCEndpoint.PrivateDnsEnabled': 'endpoint-private-dns',
  'AWS::EC2::VPCEndpoint.SecurityGroupIds': 'group-membership',
  'AWS::RDS::DBProxy.VpcSecurityGroupIds': 'group-membership',
  'AWS::RDS::DBInstance.VPCSecurityGroups': 'group-membership',
  'AWS::Serverless::Function.VpcConfig': 'vpc',
};

/** @param holds whether a condition of the template does: what exists only under another is nobody's line now */
export function linesThatMatter(text: string, holds: (condition: string) => boolean): Line[] {
  return new Reader(text, holds).read();
}

interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly condition?: string;
}

interface Found {
  readonly kind: LineKind;
  readonly path: Path;
  readonly value: string;
  readonly sid?: string;
  readonly edits: readonly Edit[];
}

class Reader {
  readonly #text: string;
  readonly #document: Document;
  readonly #holds: (condition: string) => boolean;

  constructor(text: string, holds: (condition: string) => boolean) {
    this.#text = text;
    this.#document = parse(text);
    this.#holds = holds;
  }

  read(): Line[] {
    return entriesOf(this.#document.get('Resources')).flatMap(([logicalId, node]) => {
      if (!isMap(node)) return [];
      const condition = node.get('Condition');
      if (typeof condition === 'string' && !this.#holds(condition)) return [];
      const resource = {
        logicalId,
        type: String(node.get('Type')),
        ...(typeof condition === 'string' && { condition }),
      };
      return this.#found(resource).map((found) => this.#line(resource, found));
    });
  }

  #line(resource: Resource, { kind, path, value, sid, edits }: Found): Line {
    const { logicalId } = resource;
    const place = path.length === 0 ? ['Resources', logicalId] : ['Resources', logicalId, 'Properties', ...path];
    return {
      id: `${[logicalId, ...path].join('.')} ${value}`,
      kind,
      ...resource,
      path,
      line: lineAt(this.#text, offsetOf(this.#document, place)),
      value,
      ...(sid !== undefined && { sid }),
      edits,
      without: applyEdits(this.#text, edits),
    };
  }

  #found(resource: Resource): Found[] {
    const { logicalId, type } = resource;
    const whole = WHOLE[type];
    const properties = this.#node(['Resources', logicalId, 'Properties']);
    return [
      ...(whole ? [this.#wholeResource(logicalId, whole, type)] : []),
      ...entriesOf(properties).flatMap(([property, value]) => this.#property(resource, property, value)),
    ];
  }

  #property(resource: Resource, property: string, value: Node): Found[] {
    const { logicalId, type } = resource;
    const name = `${type}.${property}`;
    if (ITEMS[name] === 'policy-target' && !this.#allows(logicalId)) return [];
    if (ITEMS[name] && isSeq(value)) return this.#items(resource, property, value, ITEMS[name]);
    if (PROPERTIES[name]) return [this.#removed(logicalId, [property], PROPERTIES[name], property)];
    if (type === 'AWS::Serverless::Function' && property === 'Events') {
      return entriesOf(value)
        .filter(([, event]) => ['Api', 'HttpApi'].includes(String(isMap(event) && event.get('Type'))))
        .map(([event]) => this.#removed(logicalId, [property, event], 'lambda-permission', event));
    }
    if (type === 'AWS::IAM::Role' && property === 'Policies' && isSeq(value)) {
      return value.items.flatMap((_policy, index) => this.#policy(resource, [property, index, 'PolicyDocument']));
    }
    if (isMap(value) && isSeq(value.get('Statement'))) return this.#policy(resource, [property]);
    return [];
  }

  /** Nobody depends on a policy that only denies. */
  #allows(logicalId: string): boolean {
    const statements = this.#node([...propertiesOf(logicalId), 'PolicyDocument', 'Statement']);
    return isSeq(statements) && statements.items.some((item) => isMap(item) && item.get('Effect') === 'Allow');
  }

  /** Nobody depends on what is made for its effect alone, but in `DependsOn`. */
  #wholeResource(logicalId: string, kind: LineKind, value: string): Found {
    const edits = [removal(this.#text, this.#document, ['Resources', logicalId])];
    for (const [other, node] of entriesOf(this.#document.get('Resources'))) {
      const dependsOn = isMap(node) ? node.get('DependsOn', true) : undefined;
      const at: Path = ['Resources', other, 'DependsOn'];
      if (isScalar(dependsOn) && dependsOn.value === logicalId) edits.push(removal(this.#text, this.#document, at));
      if (!isSeq(dependsOn)) continue;
      const index = dependsOn.items.findIndex((item) => isScalar(item) && item.value === logicalId);
      if (index === -1) continue;
      edits.push(removal(this.#text, this.#document, dependsOn.items.length === 1 ? at : [...at, index]));
    }
    return { kind, path: [], value, edits };
  }

  #items({ logicalId }: Resource, property: string, list: YAMLSeq, kind: LineKind): Found[] {
    const there = list.items.map((item, index) => ({ item: item as Node, index }));
    return there
      .filter(({ item }) => this.#isThere(item))
      .map(({ item, index }) => {
        const found = this.#removed(logicalId, [property, index], kind, textOf(item));
        // Where nothing would be left of the list, the list goes.
        if (list.items.length > 1) return found;
        return { ...found, edits: this.#removed(logicalId, [property], kind, '').edits };
      });
  }

  #policy({ logicalId, type }: Resource, at: Path): Found[] {
    const part = partOf(type, String(at[0]));
    const statements = this.#node([...propertiesOf(logicalId), ...at, 'Statement']);
    if (!isSeq(statements)) return [];
    return statements.items.flatMap((statement, index) => {
      if (!isMap(statement) || statement.get('Effect') !== 'Allow') return [];
      const path = [...at, 'Statement', index];
      const sid = String(statement.get('Sid') ?? index);
      const whole =
        part === 'trust'
          ? this.#otherPrincipal(logicalId, path, statement)
          : [this.#wholeStatement(logicalId, at, statements, index, `${part}-statement`, sid)];
      return [...whole, ...this.#partsOf(logicalId, path, statement, part)].map((found) => ({ ...found, sid }));
    });
  }

  #wholeStatement(
    logicalId: string,
    at: Path,
    statements: YAMLSeq,
    index: number,
    kind: LineKind,
    value: string,
  ): Found {
    const path = [...at, 'Statement', index];
    if (statements.items.length > 1) return this.#removed(logicalId, path, kind, value);
    if (at[0] === 'Policies') {
      const policies = this.#node([...propertiesOf(logicalId), 'Policies']) as YAMLSeq;
      const policy = policies.items.length > 1 ? at.slice(0, 2) : at.slice(0, 1);
      return { ...this.#removed(logicalId, policy, kind, value), path };
    }
    return this.#replaced(logicalId, [...path, 'Resource'], kind, value, 'arn:aws:s3:::nothing-is-called-so', path);
  }

  #partsOf(logicalId: string, path: Path, statement: YAMLMap, part: string): Found[] {
    const found: Found[] = [];
    for (const [element, kind] of [
      ['Action', `${part}-action`],
      ['Resource', `${part}-resource`],
    ] as const) {
      found.push(...this.#listItems(logicalId, [...path, element], kind as LineKind));
    }
    for (const [principalKind] of entriesOf(statement.get('Principal'))) {
      found.push(...this.#listItems(logicalId, [...path, 'Principal', principalKind], `${part}-principal` as LineKind));
    }
    for (const [operator, keys] of entriesOf(statement.get('Condition'))) {
      for (const [key] of entriesOf(keys)) {
        const where = [...path, 'Condition', operator, key];
        found.push(this.#replaced(logicalId, where, 'condition', `${operator} ${key}`, 'nothing-is-called-so'));
      }
    }
    return found;
  }

  /** Of a list with several items; a single one is its statement's whole sense. */
  #listItems(logicalId: string, path: Path, kind: LineKind): Found[] {
    const list = this.#node([...propertiesOf(logicalId), ...path]);
    if (!isSeq(list) || list.tag?.startsWith('!') || list.items.length < 2) return [];
    return list.items.map((item, index) => this.#removed(logicalId, [...path, index], kind, textOf(item as Node)));
  }

  #otherPrincipal(logicalId: string, path: Path, statement: YAMLMap): Found[] {
    return entriesOf(statement.get('Principal')).map(([kind, value]) =>
      this.#replaced(logicalId, [...path, 'Principal', kind], 'trust', textOf(value), 'transfer.amazonaws.com'),
    );
  }

  #removed(logicalId: string, path: Path, kind: LineKind, value: string): Found {
    return {
      kind,
      path,
      value,
      edits: [removal(this.#text, this.#document, [...propertiesOf(logicalId), ...path])],
    };
  }

  #replaced(logicalId: string, at: Path, kind: LineKind, value: string, instead: string, path = at): Found {
    return { kind, path, value, edits: [replacement(this.#document, [...propertiesOf(logicalId), ...at], instead)] };
  }

  /** Not what `!If` leaves out as the conditions are. */
  #isThere(item: Node): boolean {
    if (!isSeq(item) || item.tag !== '!If') return true;
    const [condition, yes, no] = item.items as Node[];
    const chosen = this.#holds(textOf(condition!)) ? yes : no;
    return textOf(chosen!) !== '!Ref AWS::NoValue';
  }

  #node(path: Path): unknown {
    return this.#document.getIn(path, true);
  }
}

const propertiesOf = (logicalId: string): Path => ['Resources', logicalId, 'Properties'];

function partOf(type: string, property: string): 'role' | 'trust' | 'key' | 'endpoint' | 'resource' {
  if (property === 'AssumeRolePolicyDocument') return 'trust';
  if (property === 'KeyPolicy') return 'key';
  if (type === 'AWS::EC2::VPCEndpoint') return 'endpoint';
  return type.startsWith('AWS::IAM::') ? 'role' : 'resource';
}

function entriesOf(node: unknown): [string, Node][] {
  if (!isMap(node)) return [];
  return node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), value as Node]);
}

/** On one line, for people. */
function textOf(node: Node): string {
  const tag = node.tag?.startsWith('!') && !node.tag.startsWith('!!') ? `${node.tag} ` : '';
  if (isScalar(node)) return `${tag}${String(node.value)}`;
  if (isMap(node))
    return String(
      node.get('Description') ??
        entriesOf(node)
          .map(([key]) => key)
          .join(', '),
    );
  if (isSeq(node)) return `${tag}${node.items.map((item) => textOf(item as Node)).join(', ')}`;
  return '';
}
