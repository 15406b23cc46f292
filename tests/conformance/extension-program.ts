/** Programs of external extensions for tests, and templates with functions that have them as layers. */
import { type Contents, type FunctionProperties, functions } from './house.ts';

/** A Node program: `body` runs with `register`, `next`, `call` and `say` at hand. */
export function nodeExtension(name: string, body: string): string {
  return `#!/usr/bin/env node
const host = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API;
const say = (...words) => process.stdout.write(words.map((word) => typeof word === 'string' ? word : JSON.stringify(word)).join(' ') + '\\n');
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let identifier = '';
async function call(method, path, headers = {}, body) {
  const answer = await fetch(host + path, { method, headers: identifier ? { 'Lambda-Extension-Identifier': identifier, ...headers } : headers, body });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
async function register(events = ['INVOKE', 'SHUTDOWN'], headers = {}) {
  const answer = await call('POST', '/2020-01-01/extension/register', { 'Lambda-Extension-Name': '${name}', ...headers }, JSON.stringify({ events }));
  identifier = answer.headers.get('lambda-extension-identifier') ?? '';
  return answer;
}
const next = async () => JSON.parse((await call('GET', '/2020-01-01/extension/event/next')).text);
(async () => {
${body}
})().catch((error) => { say('unexpected', String(error.stack)); process.exit(99); });
`;
}

/** Takes every event and says so; ends on SHUTDOWN. `onInvoke` runs with `event` for each INVOKE. */
export function watcher(name: string, onInvoke = ''): string {
  return nodeExtension(
    name,
    `await register();
    for (;;) {
      const event = await next();
      say('${name}', event);
      if (event.eventType === 'SHUTDOWN') process.exit(0);
      ${onInvoke}
    }`,
  );
}

export interface Extended {
  readonly code?: FunctionProperties['code'];
  /** Programs by name, as they lie in /opt/extensions; files elsewhere in the layer by a path with a slash in it. */
  readonly extensions: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A template of functions with a layer each. */
export function extendedFunctions(all: Readonly<Record<string, Extended>>): Contents {
  const made: Record<string, FunctionProperties> = {};
  const layers: Record<string, unknown> = {};
  const files: Record<string, string> = {};
  for (const [name, { code = 'exports.handler = async (event) => event;', extensions, properties }] of Object.entries(
    all,
  )) {
    const layer = `${name.replace(/[^A-Za-z0-9]/g, '')}Layer`;
    made[name] = { code, Layers: [{ Ref: layer }], ...properties };
    layers[layer] = { Type: 'AWS::Serverless::LayerVersion', Properties: { ContentUri: `./${layer}` } };
    for (const [file, text] of Object.entries(extensions)) {
      files[`${layer}/${file.includes('/') ? file : `extensions/${file}`}`] = text;
    }
  }
  const contents = functions(made, layers);
  return { ...contents, files: { ...contents.files, ...files } };
}
