/** The top level of a template: which sections there are, and what each must look like. */
import type { Findings } from './findings.ts';
import { didYouMean } from './names.ts';
import type { TemplateSource } from './source.ts';
import type { Json, JsonObject } from './stack.ts';
import { isObject, kindOf, own } from './tree.ts';

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Hooks',
  'Mappings',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
  'Transform',
];

/** Section → most entries. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const LIMITS: Readonly<Record<string, number>> = { Parameters: 200, Mappings: 200, Resources: 500, Outputs: 200 };

export const SAM_TRANSFORM = 'AWS::Serverless-2016-10-31';
const LANGUAGE_EXTENSIONS = 'AWS::LanguageExtensions';

export interface Transforms {
  readonly sam: boolean;
  readonly languageExtensions: boolean;
}

export function checkSections(
  tree: JsonObject,
  source: TemplateSource,
  transforms: Transforms,
  findings: Findings,
): void {
  const known = transforms.sam ? [...SECTIONS, 'Globals'] : SECTIONS;
  for (const [name, value] of Object.entries(tree)) {
    const at = source.at(tree, name);
    if (!known.includes(name)) {
      const globals = name === 'Globals' ? `it needs Transform: ${SAM_TRANSFORM}` : undefined;
      const suggestion = globals ?? didYouMean(name, known);
      findings.error('unknown-section', `a template has no section ${name}`, { at, suggestion });
      continue;
    }
    if (name === 'Hooks') {
      findings.warning('unsupported-section', 'Hooks are not run here', { at });
    }
    checkSection(name, value, at, findings);
  }
  const resources = own(tree, 'Resources');
  if (resources === undefined || (isObject(resources) && Object.keys(resources).length === 0)) {
    const at = source.at(tree, 'Resources') ?? source.at(tree);
    findings.error('no-resources', 'a template needs at least one resource', { at });
  }
}

function checkSection(name: string, value: Json, at: ReturnType<TemplateSource['at']>, findings: Findings): void {
  switch (name) {
    case 'Transform':
      return;
    case 'AWSTemplateFormatVersion':
      if (value === '2010-09-09') return;
      findings.error('format-version', 'AWSTemplateFormatVersion is always 2010-09-09', { at });
      return;
    case 'Description':
      if (typeof value === 'string' && Buffer.byteLength(value) <= 1024) return;
      findings.error('description', 'Description is a text of at most 1,024 bytes', { at });
      return;
    default: {
      if (!isObject(value)) {
        findings.error('section-not-a-map', `${name} must be a map, not ${kindOf(value)}`, { at });
        return;
      }
      const count = Object.keys(value).length;
      const limit = LIMITS[name];
      if (limit !== undefined && count > limit) {
        findings.error('too-many', `${name} has ${count} entries, CloudFormation takes ${limit}`, { at });
      }
    }
  }
}

/** What the Transform section asks for; macros that cannot run here are refused. */
export function readTransforms(tree: JsonObject, source: TemplateSource, findings: Findings): Transforms {
  const section = own(tree, 'Transform');
  const list = section === undefined ? [] : Array.isArray(section) ? section : [section];
  const known = [SAM_TRANSFORM, LANGUAGE_EXTENSIONS];
  const names = new Set<string>();
  list.forEach((item, index) => {
    const name = isObject(item) ? own(item, 'Name') : item;
    const at = Array.isArray(section) ? source.at(section, index) : source.at(tree, 'Transform');
    if (typeof name !== 'string') {
      findings.error('transform', `a transform is a name, not ${kindOf(item)}`, { at });
    } else if (!known.includes(name)) {
      const suggestion = didYouMean(name, known);
      findings.error('unsupported-transform', `the macro ${name} cannot run here`, { at, suggestion });
    } else {
      names.add(name);
    }
  });
  return { sam: names.has(SAM_TRANSFORM), languageExtensions: names.has(LANGUAGE_EXTENSIONS) };
}

/** Two levels of alphanumeric keys with texts, numbers, booleans or lists of them below. */
export function checkMappings(tree: JsonObject, source: TemplateSource, findings: Findings): void {
  const mappings = own(tree, 'Mappings');
  if (!isObject(mappings)) return;
  for (const [name, map] of Object.entries(mappings)) {
    if (!isObject(map)) {
      const at = source.at(mappings, name);
      // A whole mapping may come from an include or a macro; whatever is left of one is refused elsewhere.
      findings.error('mapping', `mapping ${name} must be a map, not ${kindOf(map)}`, { at });
      continue;
    }
    for (const [key, branch] of Object.entries(map)) {
      const at = source.at(map, key);
      if (!isObject(branch)) {
        findings.error('mapping', `${name}.${key} must be a map, not ${kindOf(branch)}`, { at });
        continue;
      }
      for (const [leafKey, leaf] of Object.entries(branch)) {
        const items = Array.isArray(leaf) ? leaf : [leaf];
        if (items.every((item) => item !== null && typeof item !== 'object')) continue;
        const where = source.at(branch, leafKey);
        findings.error('mapping', `${name}.${key}.${leafKey} must be a text or a list of texts`, { at: where });
      }
    }
  }
}
