/** From what a template says about code to directories on this machine. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArtifactCatalogue } from '../../template/artifact.ts';
import { parseLayerVersionArn } from './names.ts';
import type { CodeLocation, FunctionVersion, LambdaRecords } from './records.ts';

/** What a version runs on, or why it cannot run. */
export type Code =
  | { readonly kind: 'ready'; readonly codeDirectory: string; readonly layerDirectories: readonly string[] }
  /** `message` is what the compiler said, with its source frame. */
  | { readonly kind: 'broken'; readonly message: string };

/** Finds the directories of a version and its layers as they are now. */
export function findCode(version: FunctionVersion, records: LambdaRecords, catalogue: ArtifactCatalogue): Code {
  const code = directoryOf(version.code, catalogue);
  if (code.kind === 'broken') return code;
  const layerDirectories: string[] = [];
  for (const arn of version.layers) {
    const parsed = parseLayerVersionArn(arn);
    const layer = parsed && records.layers.get(`${parsed.name}:${parsed.version}`);
    if (!layer) return { kind: 'broken', message: `Layer version ${arn} does not exist.` };
    const found = directoryOf({ kind: 'artifact', bucket: layer.bucket, key: layer.key }, catalogue);
    if (found.kind === 'broken') return found;
    layerDirectories.push(found.directory);
  }
  return { kind: 'ready', codeDirectory: code.directory, layerDirectories };
}

type Directory =
  | { readonly kind: 'ready'; readonly directory: string }
  | { readonly kind: 'broken'; readonly message: string };

function directoryOf(code: CodeLocation, catalogue: ArtifactCatalogue): Directory {
  if (code.kind === 'inline') return { kind: 'ready', directory: code.directory };
  if (code.kind === 'image') return { kind: 'broken', message: `nothing here starts the image ${code.uri}` };
  const artifact = catalogue.find(code.bucket, code.key);
  if (artifact?.kind === 'failed') return { kind: 'broken', message: artifact.message };
  if (artifact === undefined || !existsSync(artifact.directory)) {
    return {
      kind: 'broken',
      message: `The code s3://${code.bucket}/${code.key} is no longer on this machine: it was built from sources that have changed since.`,
    };
  }
  return { kind: 'ready', directory: artifact.directory };
}

/** Inline code may be 4 MB; it is `index` with the extension the handler is found by. */
export function writeInlineCode(root: string, functionName: string, source: string): CodeLocation {
  const digest = createHash('sha256').update(source).digest('hex');
  const directory = join(root, `${functionName}-${digest.slice(0, 16)}`);
  mkdirSync(directory, { recursive: true });
  // As Lambda does for the Node.js runtimes: `import`/`export` make it a module.
  const isModule = /^\s*(?:import\s[^(]|export\s)/m.test(source);
  writeFileSync(join(directory, isModule ? 'index.mjs' : 'index.js'), source);
  return { kind: 'inline', directory, digest };
}

/** Hex SHA-256 that changes exactly when the code does. */
export function codeDigest(code: CodeLocation): string {
  if (code.kind === 'inline') return code.digest;
  if (code.kind === 'image') return createHash('sha256').update(code.uri).digest('hex');
  return code.key.slice(code.key.lastIndexOf('/') + 1);
}
