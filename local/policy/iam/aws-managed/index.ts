/** The policies that AWS itself makes and templates attach by ARN: `arn:aws:iam::aws:policy/…`, in every partition. */
import { brotliDecompressSync } from 'node:zlib';
import { type PolicyDocument, readPolicy } from '../document.ts';
import table from './table.json' with { type: 'json' };

export interface AwsManagedPolicy {
  readonly arn: string;
  readonly name: string;
  /** `/`, `/service-role/` … */
  readonly path: string;
  /** `v12` */
  readonly defaultVersionId: string;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly document: PolicyDocument;
}

/** The day of the newest change that the table knows of. AWS has newer policies, and newer versions of these. */
export const AWS_MANAGED_AS_OF: string = table.asOf;

const ARN = /^arn:(aws[\w-]*):iam::aws:policy(\/.+)$/;

export const isAwsManaged = (arn: string): boolean => ARN.test(arn);

const found = new Map<string, AwsManagedPolicy>();

/** Undefined for what AWS does not have, or has only had since the table was made. The same object every time. */
export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  const known = found.get(arn);
  if (known) return known;
  const [, partition, pathAndName] = ARN.exec(arn) ?? [];
  if (partition === undefined || pathAndName === undefined) return undefined;
  const index = names().get(pathAndName);
  if (index === undefined) return undefined;
  const policy = read(lineAt(index), arn, partition);
  found.set(arn, policy);
  return policy;
}

/** What the evaluator needs of it. */
export const awsManagedDocument = (arn: string): PolicyDocument | undefined => awsManagedPolicy(arn)?.document;

/**
 * The ARN of the policy of this name, which is unique whatever its path: most misspelt ARNs lack `service-role/`.
 * In the given ARN's partition.
 */
export function awsManagedArnOfSameName(arn: string): string | undefined {
  const [, partition] = ARN.exec(arn) ?? [];
  const name = nameOf(arn);
  const pathAndName = [...names().keys()].find((key) => nameOf(key) === name);
  return partition && pathAndName && `arn:${partition}:iam::aws:policy${pathAndName}`;
}

/** Names without paths, for the nearest one. */
export const awsManagedNames = (): string[] => Array.from(names().keys(), nameOf);

const nameOf = (pathAndName: string): string => pathAndName.slice(pathAndName.lastIndexOf('/') + 1);

let indexes: ReadonlyMap<string, number> | undefined;

/** Path and name → place in the table. Not unpacked before somebody asks. */
function names(): ReadonlyMap<string, number> {
  indexes ??= new Map(linesOf(table.names).map((pathAndName, index) => [pathAndName, index]));
  return indexes;
}

/** Unpacks no more than the line's neighbours, and keeps none of it: a template names a handful of policies, once. */
function lineAt(index: number): string {
  const sheaf = table.sheaves[Math.floor(index / table.inSheaf)] ?? '';
  return linesOf(sheaf)[index % table.inSheaf] ?? '';
}

function linesOf(packed: string): string[] {
  return brotliDecompressSync(Buffer.from(packed, 'base64')).toString('latin1').split('\n');
}

function read(line: string, arn: string, partition: string): AwsManagedPolicy {
  const [pathAndName = '', defaultVersionId = '', created, updated, document = ''] = line.split('\t');
  const name = nameOf(pathAndName);
  // The table is that of the partition `aws`; the others' documents differ in their ARNs.
  const local = partition === 'aws' ? document : document.replaceAll('"arn:aws:', `"arn:${partition}:`);
  return {
    arn,
    name,
    path: pathAndName.slice(0, -name.length),
    defaultVersionId,
    createdAt: Date.parse(`${created}Z`),
    updatedAt: Date.parse(`${updated}Z`),
    document: readPolicy(local, 'identity'),
  };
}
