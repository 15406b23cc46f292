/**
 * Where in the template something stands, asked when it is told: the stack last applied knows its lines.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
 */
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import { portableArn } from '../../policy/iam/remedy.ts';
import { holds } from '../../template/intrinsics/evaluate.ts';
import { intrinsicOf } from '../../template/intrinsics/form.ts';
import type { Json, JsonObject, Position, Stack } from '../../template/stack.ts';
import type { ResourceRecord } from './book.ts';

export interface TemplatePlaces {
  /** Of a place below a resource's evaluated properties, or of the innermost thing on the way there that has one. */
  positionOf(place: TemplatePlace): Position | undefined;
  /** The resource an author wrote: of the role that SAM makes for a function, the function. */
  authorOf(place: Pick<TemplatePlace, 'stackName' | 'logicalId'>): { logicalId: string; type: string } | undefined;
  /** How the template names what has this ARN, e.g. `{ Ref: 'Secret' }`; undefined for what no stack has. */
  expressionOf(arn: string): Json | undefined;
}

export interface PlacesOptions {
  readonly stack: (name: string) => Stack | undefined;
  readonly stackNames: () => readonly string[];
  readonly resources: (stackName: string) => readonly ResourceRecord[];
}

export function createTemplatePlaces(options: PlacesOptions): TemplatePlaces {
  return {
    positionOf({ stackName, logicalId, path }) {
      const stack = options.stack(stackName);
      const node = stack?.resources.get(logicalId);
      return stack && node && walk(stack, node.properties, node.at, path);
    },

    authorOf({ stackName, logicalId }) {
      const stack = options.stack(stackName);
      const node = stack?.resources.get(logicalId);
      if (!stack || !node) return undefined;
      const made = samParent(stack, logicalId);
      return made ?? { logicalId, type: node.type };
    },

    expressionOf(arn) {
      for (const stackName of options.stackNames()) {
        const records = options.resources(stackName);
        const here = options.stack(stackName)?.pseudo;
        const found = nameOf(arn, records) ?? (here && partOf(arn, records, here));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function walk(
  stack: Stack,
  properties: JsonObject,
  start: Position | undefined,
  path: TemplatePlace['path'],
): Position | undefined {
  let place = stack.source.at(properties) ?? start;
  let container: Json | undefined = properties;
  for (const step of path) {
    if (typeof container !== 'object' || container === null) return place;
    const key: string | number = Array.isArray(container) ? entryAt(container, Number(step), stack) : step;
    if (!Object.hasOwn(container, key)) return place;
    place = stack.source.at(container, key) ?? place;
    const entry: Json = (container as JsonObject)[key]!;
    container = chosen(entry, stack);
    if (container !== entry && typeof container === 'object' && container !== null) {
      place = stack.source.at(container) ?? place;
    }
  }
  return place;
}

/** The branch of `Fn::If` that holds; undefined for `AWS::NoValue`, which takes its entry out of a list. */
function chosen(value: Json, stack: Stack): Json | undefined {
  const call = intrinsicOf(value);
  if (call?.name === 'Ref' && call.argument === 'AWS::NoValue') return undefined;
  if (call?.name !== 'Fn::If' || !Array.isArray(call.argument)) return value;
  const [condition, whenTrue, whenFalse] = call.argument;
  const branch = holds(String(condition), stack) ? whenTrue : whenFalse;
  return branch === undefined ? undefined : chosen(branch, stack);
}

/** Which entry of a list, as it is written, becomes the one at `index`. */
function entryAt(list: readonly Json[], index: number, stack: Stack): number {
  let left = index;
  for (const [at, entry] of list.entries()) {
    if (chosen(entry, stack) === undefined) continue;
    if (left === 0) return at;
    left -= 1;
  }
  return -1;
}

/** SAM calls the role it makes for function or state machine `X` `XRole`, and gives it X's place. */
function samParent(stack: Stack, logicalId: string): { logicalId: string; type: string } | undefined {
  const parentId = /^(.+)Role$/.exec(logicalId)?.[1];
  const parent = parentId === undefined ? undefined : stack.resources.get(parentId);
  const at = stack.resources.get(logicalId)?.at;
  if (!parent?.at || !at || parent.at.line !== at.line || parent.at.file !== at.file) return undefined;
  return { logicalId: parent.logicalId, type: parent.type };
}

/** `arn:…:${Api}/v1/GET/tickets`: what lies in a resource that has an id and no ARN, such as a method of an API. */
function partOf(arn: string, records: readonly ResourceRecord[], here: Stack['pseudo']): Json | undefined {
  const parts = arn.split(':');
  const resource = parts.slice(5).join(':');
  const id = resource.split('/', 1)[0];
  const owner = resource.includes('/') && records.find(({ physicalId }) => physicalId === id);
  if (!owner || id === undefined) return undefined;
  const head = portableArn(`${parts.slice(0, 5).join(':')}:`, here) as { readonly 'Fn::Sub': string };
  return { 'Fn::Sub': `${head['Fn::Sub']}\${${owner.logicalId}}${resource.slice(id.length).replaceAll('${', '${!')}` };
}

interface Named {
  readonly record: ResourceRecord;
  /** Without the `:*` at the end of a log group's ARN, which stands for its streams. */
  readonly stem: string;
  readonly expression: Json;
  /** As `Fn::Sub` has it. */
  readonly text: string;
}

/** The resource whose ARN it is, or that it lies in: `arn:…:function:f:live` is in `arn:…:function:f`. */
function nameOf(arn: string, records: readonly ResourceRecord[]): Json | undefined {
  const named = allNames(records).filter(({ stem }) => arn === stem || isBelow(arn, stem));
  const longest = Math.max(...named.map(({ stem }) => stem.length));
  const nearest = named.filter(({ stem }) => stem.length === longest);
  const owner = nearest.find((one) => !nearest.some((other) => dependsOn(one, other))) ?? nearest[0];
  if (!owner) return undefined;
  const rest = arn.slice(owner.stem.length);
  const { physicalId, attributes } = owner.record;
  const coversStreams = [physicalId, ...Object.values(attributes)].includes(`${owner.stem}:*`);
  return rest === '' || coversStreams ? owner.expression : { 'Fn::Sub': `\${${owner.text}}${rest}` };
}

/** By the list that they are of: it is the same one until something of it changes. */
const known = new WeakMap<readonly ResourceRecord[], Named[]>();

function allNames(records: readonly ResourceRecord[]): Named[] {
  const names = known.get(records) ?? records.flatMap(namesOf);
  known.set(records, names);
  return names;
}

function namesOf(record: ResourceRecord): Named[] {
  const { logicalId, physicalId, attributes } = record;
  const names: [Json, Json, string][] = [
    [physicalId, { Ref: logicalId }, logicalId],
    ...Object.entries(attributes).map(([name, value]): [Json, Json, string] => {
      return [value, { 'Fn::GetAtt': [logicalId, name] }, `${logicalId}.${name}`];
    }),
  ];
  return names.flatMap(([value, expression, text]) => {
    if (typeof value !== 'string' || !value.startsWith('arn:')) return [];
    return [{ record, stem: value.replace(/:\*$/, ''), expression, text }];
  });
}

const isBelow = (arn: string, stem: string): boolean => arn.startsWith(`${stem}:`) || arn.startsWith(`${stem}/`);

/** What is attached to a resource may go by its ARN: a function's URL, a secret's policy. */
const dependsOn = (one: Named, other: Named): boolean => one.record.dependsOn.includes(other.record.logicalId);
