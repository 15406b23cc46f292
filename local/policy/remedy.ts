/**
 * What mends a refusal, as edits of the template: said in text that a person pastes and a program can apply.
 *
 *     add to TicketsRole.Policies.0.PolicyDocument.Statement (template.yaml:788):
 *       - Effect: Allow
 *         Action: secretsmanager:GetSecretValue
 *         Resource: !Ref DatabaseSecret
 */
import { Document, isMap, isPair, isScalar, type Node, Scalar, visit, YAMLSeq } from 'yaml';
import type { Json, JsonObject } from '../template/stack.ts';
import type { TemplatePlace } from './iam/contract.ts';

/** Below a resource's `Properties`. */
export type RemedyPath = readonly (string | number)[];

/**
 * One edit. `logicalId` is a resource of the template as its author wrote it: of a role that SAM makes, it is the
 * function. Values are CloudFormation's long form (`{ Ref: 'Table' }`), and are shown in the short one (`!Ref Table`).
 */
export type RemedyStep =
  /** Appends to a list. One that is not there is made, and a single value (`Action: s3:GetObject`) becomes a list. */
  | { readonly kind: 'add-item'; readonly logicalId: string; readonly path: RemedyPath; readonly value: Json }
  /** In place of what stands there, if anything does. */
  | { readonly kind: 'set'; readonly logicalId: string; readonly path: RemedyPath; readonly value: Json }
  /** Takes an entry out of its list or map. */
  | { readonly kind: 'remove'; readonly logicalId: string; readonly path: RemedyPath }
  /** A whole resource: `Type`, `Properties` and whatever else it needs. */
  | { readonly kind: 'add-resource'; readonly logicalId: string; readonly resource: JsonObject };

/** All of its steps together mend it, in this order. */
export type Remedy = readonly [RemedyStep, ...RemedyStep[]];

/** `template.yaml:788` of a place, or of the nearest one above it that is in the file. */
export type LineOf = (place: Pick<TemplatePlace, 'logicalId' | 'path'>) => string | undefined;

/** The text for a log or a finding. What is pasted is indented by two; the steps are one below the other. */
export function formatRemedy(remedy: Remedy, lineOf: LineOf = () => undefined): string {
  return mergeResources(remedy)
    .map((step) => formatStep(step, lineOf))
    .join('\n');
}

type Shown = Exclude<RemedyStep, { kind: 'add-resource' }> | { kind: 'add-resources'; resources: JsonObject };

/** Resources that follow each other are one thing to paste. */
function mergeResources(remedy: Remedy): Shown[] {
  const shown: Shown[] = [];
  for (const step of remedy) {
    const last = shown.at(-1);
    if (step.kind !== 'add-resource') shown.push(step);
    else if (last?.kind === 'add-resources') last.resources[step.logicalId] = step.resource;
    else shown.push({ kind: 'add-resources', resources: { [step.logicalId]: step.resource } });
  }
  return shown;
}

function formatStep(step: Shown, lineOf: LineOf): string {
  if (step.kind === 'add-resources') return `add to Resources:\n${block(step.resources)}`;
  const line = lineOf(step);
  const where = `${[step.logicalId, ...step.path].join('.')}${line ? ` (${line})` : ''}`;
  switch (step.kind) {
    case 'add-item':
      return `add to ${where}:\n${block([step.value])}`;
    case 'set':
      return `set ${where}:\n${block(step.value)}`;
    case 'remove':
      return `remove ${where}`;
  }
}

function block(value: Json): string {
  return templateYaml(value).replace(/^(?=.)/gm, '  ');
}

/** A value as the author of a template writes it: intrinsic functions by their tags, long texts on one line. */
export function templateYaml(value: Json): string {
  // What YAML 1.1 reads as something else (`on`, `2012-10-17`) is quoted: CloudFormation reads that version.
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Map(_key, map) {
      const [pair] = map.items;
      if (map.items.length !== 1 || !isPair(pair) || !isScalar(pair.key)) return undefined;
      return tagged(String(pair.key.value), pair.value as Node | null);
    },
  });
  return document
    .toString({ directives: false, lineWidth: 0, singleQuote: true, indentSeq: true, flowCollectionPadding: true })
    .trimEnd();
}

/** The short form; undefined where there is none, or where YAML has no way to write it (a tag directly below a tag). */
function tagged(key: string, argument: Node | null): Node | undefined {
  if (key !== 'Ref' && !key.startsWith('Fn::')) return undefined;
  if (argument === null || (isMap(argument) && isIntrinsic(argument.items))) return undefined;
  const tag = `!${key.replace('Fn::', '')}`;
  if (key === 'Fn::GetAtt' && argument instanceof YAMLSeq) {
    const parts = argument.items.map((item) => (isScalar(item) ? item.value : undefined));
    if (parts.every((part) => typeof part === 'string')) {
      const dotted = new Scalar(parts.join('.'));
      dotted.tag = tag;
      return dotted;
    }
  }
  argument.tag = tag;
  return argument;
}

function isIntrinsic(items: readonly unknown[]): boolean {
  const [pair] = items;
  return items.length === 1 && isPair(pair) && isScalar(pair.key) && /^(Ref|Fn::)/.test(String(pair.key.value));
}
