/** From what is remembered of code to directories on this machine. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isLayerOfOtherAccount, layerVersionArn, parseLayerVersionArn } from '../names.ts';
import type { CodeLocation, FunctionVersion, LayerRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';
import { factsOf, type PackageFacts } from './code-store.ts';
import { packDirectory, sizeOfDirectory } from './pack.ts';

export type CodeParts = Pick<LambdaRoom, 'place' | 'records' | 'catalogue' | 'code'>;

/** What a version runs on, or why it cannot run. */
export type Code =
  | { readonly kind: 'ready'; readonly codeDirectory: string; readonly layerDirectories: readonly string[] }
  /** `message` is what the compiler said, with its source frame. */
  | { readonly kind: 'broken'; readonly message: string };

/** Finds the directories of a version and its layers as they are now. */
export function findCode(version: FunctionVersion, parts: CodeParts): Code {
  const code = directoryOf(version.code, parts);
  if (code.kind === 'broken') return code;
  const layerDirectories: string[] = [];
  for (const arn of version.layers) {
    const layer = layerAt(arn, parts);
    // A template named it, and was told what is missing.
    if (!layer && isLayerOfOtherAccount(arn, parts.place)) continue;
    if (!layer) return { kind: 'broken', message: `Layer version ${arn} does not exist.` };
    const found = directoryOf(layer.code, parts);
    if (found.kind === 'broken') return found;
    layerDirectories.push(found.directory);
  }
  return { kind: 'ready', codeDirectory: code.directory, layerDirectories };
}

/** A deleted layer version too: whoever has it keeps it. Layers of other accounts and Regions are not here. */
export function layerAt(
  arn: string,
  { records, place }: Pick<CodeParts, 'records' | 'place'>,
): LayerRecord | undefined {
  const parsed = parseLayerVersionArn(arn);
  if (!parsed || arn !== layerVersionArn(place, parsed.name, parsed.version)) return undefined;
  return records.layers.get(`${parsed.name}:${parsed.version}`);
}

type Directory =
  | { readonly kind: 'ready'; readonly directory: string }
  | { readonly kind: 'broken'; readonly message: string };

export function directoryOf(location: CodeLocation, { catalogue, code }: CodeParts): Directory {
  switch (location.kind) {
    case 'image':
      return { kind: 'broken', message: `nothing here starts the image ${location.uri}` };
    case 'stored': {
      const directory = code.directoryOf(location.digest);
      if (directory !== undefined) return { kind: 'ready', directory };
      return { kind: 'broken', message: `The code ${location.digest} is gone from the state directory.` };
    }
    case 'artifact': {
      const artifact = catalogue.find(location.bucket, location.key);
      if (artifact?.kind === 'failed') return { kind: 'broken', message: artifact.message };
      if (artifact && existsSync(artifact.directory)) return { kind: 'ready', directory: artifact.directory };
      return {
        kind: 'broken',
        message: `The code s3://${location.bucket}/${location.key} is no longer on this machine: it was built from sources that have changed since.`,
      };
    }
  }
}

/** Hex SHA-256 that changes exactly when the code does. */
export function codeDigest(location: CodeLocation): string {
  switch (location.kind) {
    case 'stored':
      return location.digest;
    case 'image':
      return createHash('sha256').update(location.uri).digest('hex');
    case 'artifact':
      return location.key.slice(location.key.lastIndexOf('/') + 1);
  }
}

/** Bytes of the unpacked code; nothing for what is not there. */
export async function unzippedSizeOf(location: CodeLocation, parts: CodeParts): Promise<number> {
  if (location.kind === 'stored') return location.unzippedSize;
  const found = directoryOf(location, parts);
  return found.kind === 'ready' ? sizeOfDirectory(found.directory) : 0;
}

/** Size and digest of the zip. What `build/` made never was one: it is packed once to know them. */
export async function packageFactsOf(location: CodeLocation, parts: CodeParts): Promise<PackageFacts> {
  if (location.kind === 'stored') return parts.code.facts(location.digest);
  const digest = codeDigest(location);
  const known = parts.records.packageFacts.get(digest);
  if (known) return known;
  const found = directoryOf(location, parts);
  if (found.kind === 'broken') return { size: 0, sha256: Buffer.from(digest, 'hex').toString('base64') };
  const facts = factsOf(await packDirectory(found.directory));
  parts.records.packageFacts.put(digest, facts);
  return facts;
}

/** The zip of what some version or layer has under that digest. */
export async function zipOf(digest: string, parts: CodeParts): Promise<Buffer | undefined> {
  if (parts.code.directoryOf(digest) !== undefined) return parts.code.zipOf(digest);
  const { functions, layers } = parts.records;
  const locations = [
    ...functions.list().map(({ value }) => value.latest.code),
    ...layers.list().map(({ value }) => value.code),
  ];
  const location = locations.find((candidate) => codeDigest(candidate) === digest);
  const found = location && directoryOf(location, parts);
  return found?.kind === 'ready' ? packDirectory(found.directory) : undefined;
}

/**
 * The same code where no later build touches it: a published version and a layer version are what they are for good.
 * What is broken or no directory stays what it is.
 */
export async function frozen(location: CodeLocation, parts: CodeParts): Promise<CodeLocation> {
  if (location.kind !== 'artifact') return location;
  const found = directoryOf(location, parts);
  if (found.kind === 'broken') return location;
  return { kind: 'stored', ...(await parts.code.keepDirectory(found.directory, codeDigest(location))) };
}
