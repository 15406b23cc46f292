/** The Resources section as the author wrote it. */
import { unsupported } from './expressions.ts';
import type { Findings } from './findings.ts';
import { didYouMean } from './names.ts';
import { SAM_TRANSFORM } from './sections.ts';
import type { TemplateSource } from './source.ts';
import type { JsonObject, Position, SourceMap } from './stack.ts';
import { isObject, kindOf, own, ownObject } from './tree.ts';

const ATTRIBUTES = [
  'Condition',
  'CreationPolicy',
  'DeletionPolicy',
  'DependsOn',
  'Metadata',
  'Properties',
  'Type',
  'UpdatePolicy',
  'UpdateReplacePolicy',
];
const SAM_ATTRIBUTES = ['Connectors', 'IgnoreGlobals'];
const SAM_TYPES = 'AWS::Serverless::';

/** Checks what the author wrote; the SAM transform can then rely on every resource being a map with a Type. */
export function checkResources(tree: JsonObject, source: TemplateSource, sam: boolean, findings: Findings): void {
  const resources = ownObject(tree, 'Resources') ?? {};
  const parameters = ownObject(tree, 'Parameters') ?? {};
  const attributes = sam ? [...ATTRIBUTES, ...SAM_ATTRIBUTES] : ATTRIBUTES;
  for (const [logicalId, resource] of Object.entries(resources)) {
    const at = source.at(resources, logicalId);
    const refusal = unsupported(logicalId);
    if (refusal !== undefined) {
      findings.error(...refusal, { at });
      continue;
    }
    if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId)) {
      findings.error('resource-name', `the resource name "${logicalId}" is not alphanumeric`, { at });
    }
    if (Object.hasOwn(parameters, logicalId)) {
      findings.error('name-taken', `${logicalId} is a parameter already`, { at, resource: logicalId });
    }
    if (!isObject(resource)) {
      findings.error('resource-not-a-map', `a resource must be a map, not ${kindOf(resource)}`, {
        at,
        resource: logicalId,
      });
      continue;
    }
    checkAttributes(logicalId, resource, source, at, attributes, findings);
  }
}

function checkAttributes(
  logicalId: string,
  resource: JsonObject,
  source: SourceMap,
  at: Position | undefined,
  attributes: readonly string[],
  findings: Findings,
): void {
  const refuse = (code: string, message: string, property: string, suggestion?: string) => {
    const where = source.at(resource, property) ?? at;
    findings.error(code, message, { at: where, resource: logicalId, property, suggestion });
  };
  const type = own(resource, 'Type');
  const isSam = attributes.includes('IgnoreGlobals') && typeof type === 'string' && type.startsWith(SAM_TYPES);
  for (const name of Object.keys(resource)) {
    if (attributes.includes(name)) continue;
    const refusal = unsupported(name);
    if (refusal !== undefined) {
      refuse(...refusal, name);
      continue;
    }
    const suggestion = didYouMean(name, attributes) ?? 'properties of a resource stand below Properties';
    const message = `a resource has no attribute ${name}`;
    if (!isSam) refuse('unknown-attribute', message, name, suggestion);
    else {
      // The transform leaves out what it does not know, so CloudFormation never sees it.
      const where = source.at(resource, name) ?? at;
      const detail = { at: where, resource: logicalId, property: name, suggestion };
      findings.warning('unknown-attribute', `${message}: it is ignored`, detail);
    }
  }
  if (typeof type !== 'string') {
    const message = type === undefined ? 'a resource needs a Type' : `Type must be a text, not ${kindOf(type)}`;
    findings.error('resource-type', message, { at: source.at(resource, 'Type') ?? at, resource: logicalId });
  } else if (!/^(Custom::[\w@-]{1,60}|[A-Za-z0-9]+(::[A-Za-z0-9]+){2,3})$/.test(type)) {
    refuse('resource-type', `${JSON.stringify(type)} is no resource type`, 'Type');
  } else if (type.startsWith(SAM_TYPES) && !attributes.includes('IgnoreGlobals')) {
    refuse('sam-transform-missing', `${type} needs Transform: ${SAM_TRANSFORM}`, 'Type');
  }
  for (const name of ['Properties', 'Metadata', 'UpdatePolicy', 'CreationPolicy']) {
    const value = own(resource, name);
    // `Properties:` with nothing below it is how an empty section looks in YAML.
    if (value === undefined || value === null || isObject(value)) continue;
    refuse('attribute-not-a-map', `${name} must be a map, not ${kindOf(value)}`, name);
  }
  const condition = own(resource, 'Condition');
  if (condition !== undefined && typeof condition !== 'string') {
    refuse('resource-condition', `Condition names one condition, this is ${kindOf(condition)}`, 'Condition');
  }
  const dependsOn = own(resource, 'DependsOn');
  const names = Array.isArray(dependsOn) ? dependsOn : [dependsOn];
  if (dependsOn !== undefined && !names.every((name) => typeof name === 'string')) {
    refuse('depends-on', 'DependsOn is a resource name or a list of them', 'DependsOn');
  }
}
