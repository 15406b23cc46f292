/**
 * Makes `table.json` beside this file, AWS's own managed policies, from the list that Moto keeps of them:
 *
 *   pip download moto --no-deps -d /tmp/moto && unzip -d /tmp/moto /tmp/moto/moto-*.whl
 *   node local/policy/iam/aws-managed/make.mjs /tmp/moto
 *
 * Run by hand now and then: AWS changes some of them every week. The same list makes the same file, byte for byte.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const source = process.argv[2];
if (!source) {
  console.error('usage: node make.mjs FOLDER_WITH_MOTO');
  process.exit(2);
}

/** A Python module with one JSON text, in which nothing is escaped. */
const text = readFileSync(join(source, 'moto', 'iam', 'aws_managed_policies.py'), 'utf8');
const [, json] = /^aws_managed_policies_data = """(.*)"""\s*$/ms.exec(text) ?? [];
if (!json || json.includes('\\')) throw new Error('the list of Moto is not as it was: look at it');

const policies = Object.entries(JSON.parse(json)).toSorted(([a], [b]) => (a < b ? -1 : 1));
const lines = policies.map(([name, { Path, DefaultVersionId, CreateDate, UpdateDate, Document }]) => {
  const ascii = JSON.stringify(Document).replace(/[\u0080-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return [Path + name, DefaultVersionId, CreateDate.slice(0, 19), UpdateDate.slice(0, 19), ascii].join('\t');
});
const asOf = policies
  .map(([, { UpdateDate }]) => UpdateDate.slice(0, 10))
  .toSorted()
  .at(-1);

/** Lines packed together. All in one would be a third smaller, and take 10 ms and 3.4 MB to look one up. */
const IN_SHEAF = 64;

function pack(some) {
  const plain = Buffer.from(some.join('\n'), 'latin1');
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  return brotliCompressSync(plain, { params }).toString('base64');
}

const sheaves = [];
for (let first = 0; first < lines.length; first += IN_SHEAF) sheaves.push(pack(lines.slice(first, first + IN_SHEAF)));
const names = pack(policies.map(([name, { Path }]) => Path + name));
const table = { asOf, inSheaf: IN_SHEAF, names, sheaves };
const file = join(dirname(fileURLToPath(import.meta.url)), 'table.json');
writeFileSync(file, `${JSON.stringify(table, null, 2)}\n`);
console.log(`${policies.length} policies as of ${asOf}: ${sheaves.join('').length} characters`);
