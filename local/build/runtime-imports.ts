/**
 * Which packages of the managed runtimes code needs and does not bring: those of the AWS SDK that are imported and lie
 * neither in the code nor in its layers. https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Code that is larger is a bundle with everything in it, or data. */
const FILE_BYTES = 4_194_304;
const ALL_BYTES = 41_943_040;

const IMPORT = /(?:\brequire(?:\.resolve)?\(|\bfrom|\bimport\(?)\s*["'`]((?:@aws-sdk|@smithy)\/[a-z0-9-]+)/g;

/**
 * Names, sorted. `layerDirectories` are what is merged into /opt; `major` is Node's. `importsIn` answers
 * `runtimeImports` of a directory: whoever asks often remembers them.
 */
export function missingRuntimeImports(
  codeDirectory: string,
  layerDirectories: readonly string[],
  major: number,
  importsIn: (directory: string) => ReadonlySet<string> = runtimeImports,
): string[] {
  const places = [
    join(codeDirectory, 'node_modules'),
    ...layerDirectories.flatMap((layer) => [
      join(layer, 'nodejs', `node${major}`, 'node_modules'),
      join(layer, 'nodejs', 'node_modules'),
    ]),
  ];
  const names = new Set([codeDirectory, ...layerDirectories].flatMap((directory) => [...importsIn(directory)]));
  return [...names].filter((name) => !places.some((place) => existsSync(join(place, name)))).sort();
}

/** Packages of the SDK named by an import anywhere in the directory's JavaScript. Reads all of it. */
export function runtimeImports(directory: string): ReadonlySet<string> {
  const found = new Set<string>();
  let bytes = 0;
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const below = join(path, entry.name);
      if (entry.isDirectory()) {
        // The SDK itself.
        if (entry.name !== '@aws-sdk' && entry.name !== '@smithy') visit(below);
      } else if (/\.[cm]?js$/.test(entry.name) && bytes < ALL_BYTES) {
        const { size } = statSync(below);
        if (size > FILE_BYTES) continue;
        bytes += size;
        for (const name of importsOf(readFileSync(below, 'utf8'))) found.add(name);
      }
    }
  };
  visit(directory);
  return found;
}

/** Exported for its test. */
export function importsOf(source: string): string[] {
  if (!source.includes('@aws-sdk/') && !source.includes('@smithy/')) return [];
  return [...source.matchAll(IMPORT)].flatMap(({ 1: name, index }) =>
    name === undefined || isComment(source, index) ? [] : [name],
  );
}

/** Examples in comments are no imports: their lines begin with `*` or `//`. */
function isComment(source: string, index: number): boolean {
  const line = source.slice(source.lastIndexOf('\n', index) + 1, index).trimStart();
  return line.startsWith('*') || line.startsWith('//') || line.startsWith('/*');
}
