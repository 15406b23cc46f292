/**
 * State machines whose definition stands in a file beside the template. As `sam package` uploads the file and names the
 * upload, its S3 name here contains the digest of its content: an edited definition is a changed property.
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { ARTIFACT_BUCKET } from './artifact.ts';
import type { Findings } from './findings.ts';
import type { JsonObject, SourceMap } from './stack.ts';
import { own, ownObject } from './tree.ts';

/** Puts S3 names in place of the local paths below `root`, in place; answers the files that were read. */
export function nameDefinitionFiles(
  root: JsonObject,
  file: string,
  source: SourceMap,
  findings: Findings,
  read: (file: string) => string,
): string[] {
  const files: string[] = [];
  const resources = ownObject(root, 'Resources') ?? {};
  for (const logicalId of Object.keys(resources)) {
    const resource = ownObject(resources, logicalId);
    if (own(resource, 'Type') !== 'AWS::Serverless::StateMachine') continue;
    const properties = ownObject(resource, 'Properties');
    const written = own(properties, 'DefinitionUri');
    if (properties === undefined || typeof written !== 'string' || /^(s3|https?):\/\//.test(written)) continue;
    const path = join(dirname(file), written);
    try {
      const digest = createHash('sha256').update(read(path)).digest('hex');
      properties['DefinitionUri'] = `s3://${ARTIFACT_BUCKET}/${logicalId}/${digest}`;
      files.push(path);
    } catch {
      const at = source.at(properties, 'DefinitionUri');
      const detail = { at, resource: logicalId, property: 'Properties.DefinitionUri' };
      findings.error('unreadable-file', `cannot read ${written}: there is no such file`, detail);
    }
  }
  return files;
}
