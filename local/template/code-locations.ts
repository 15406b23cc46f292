/** Where functions and layers name their code, and how a built artifact takes its place. */
import { ARTIFACT_BUCKET, type Artifact, artifactKey, artifactUri } from './artifact.ts';
import type { Json, JsonObject } from './stack.ts';
import { isObject, own, ownObject, textOf } from './tree.ts';

interface CodeType {
  readonly kind: 'function' | 'layer';
  /** The property that names the code. */
  readonly property: string;
  /** The property that holds the code itself instead, in SAM's types. */
  readonly inline?: string;
  /** SAM takes an S3 URI, CloudFormation bucket and key. */
  readonly form: 'uri' | 'bucket-and-key';
}

export const CODE_TYPES: ReadonlyMap<string, CodeType> = new Map([
  ['AWS::Serverless::Function', { kind: 'function', property: 'CodeUri', inline: 'InlineCode', form: 'uri' }],
  ['AWS::Serverless::LayerVersion', { kind: 'layer', property: 'ContentUri', form: 'uri' }],
  ['AWS::Lambda::Function', { kind: 'function', property: 'Code', form: 'bucket-and-key' }],
  ['AWS::Lambda::LayerVersion', { kind: 'layer', property: 'Content', form: 'bucket-and-key' }],
]);

/** What a resource says about its code, evaluated. */
export type CodeLocation =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'inline'; readonly code: string }
  /** In S3, in a registry, or not said at all. */
  | { readonly kind: 'elsewhere' };

export function codeLocation(type: CodeType, properties: JsonObject): CodeLocation {
  const inline = type.inline === undefined ? undefined : own(properties, type.inline);
  if (typeof inline === 'string') return { kind: 'inline', code: inline };
  const code = own(properties, type.property);
  if (typeof code === 'string')
    return /^(s3|https?):\/\//.test(code) ? { kind: 'elsewhere' } : { kind: 'local', path: code };
  // `sam build` takes the template's own folder then.
  if (code === undefined && type.inline !== undefined) return { kind: 'local', path: '.' };
  const zipFile = isObject(code) ? own(code, 'ZipFile') : undefined;
  return typeof zipFile === 'string' ? { kind: 'inline', code: zipFile } : { kind: 'elsewhere' };
}

/** Puts the S3 names of built artifacts into `template`, in place. */
export function substituteArtifacts(template: JsonObject, artifacts: ReadonlyMap<string, Artifact>): void {
  const resources = ownObject(template, 'Resources') ?? {};
  for (const [logicalId, artifact] of artifacts) {
    const resource = ownObject(resources, logicalId);
    const type = CODE_TYPES.get(textOf(own(resource, 'Type')) ?? '');
    if (resource === undefined || type === undefined) continue;
    const properties = ownObject(resource, 'Properties') ?? {};
    resource['Properties'] = properties;
    if (type.inline !== undefined) delete properties[type.inline];
    properties[type.property] = location(artifact, type.form);
    if (artifact.kind === 'built' && artifact.nodeOptions) addNodeOptions(properties, artifact.nodeOptions);
  }
}

function location(artifact: Artifact, form: CodeType['form']): Json {
  return form === 'uri' ? artifactUri(artifact) : { S3Bucket: ARTIFACT_BUCKET, S3Key: artifactKey(artifact) };
}

/** As `sam build` does it: where the template's own value is no plain text, it is left alone. */
function addNodeOptions(properties: JsonObject, options: string): void {
  const environment = ownObject(properties, 'Environment') ?? {};
  const variables = ownObject(environment, 'Variables') ?? {};
  const existing = own(variables, 'NODE_OPTIONS') ?? '';
  if (typeof existing !== 'string' || existing.split(' ').includes(options)) return;
  properties['Environment'] = environment;
  environment['Variables'] = variables;
  variables['NODE_OPTIONS'] = `${existing} ${options}`.trim();
}
