/** What `sampan start` says once it is ready: one line, a table of URLs, a line to copy, and what is not emulated. */
import { localFunctionUrl } from '../doors/function-url/index.ts';
import type { RouteDefinition, ServedStage } from '../services/apigateway/index.ts';
import { type Diagnostic, formatDiagnostic, type JsonObject } from '../template/stack.ts';
import type { Cloud } from './cloud.ts';
import { exampleOf } from './example.ts';
import type { LocalUser } from './local-users.ts';
import type { Output } from './output/terminal.ts';

export interface StartReport {
  readonly seconds: number;
  readonly servicesOnly: boolean;
  /** Absent with `--services-only`. */
  readonly apiUrl?: string;
  /** With `start-lambda`: in place of the API. */
  readonly lambda?: { readonly url: string; readonly functions: readonly string[] };
  readonly stages: readonly ServedStage[];
  /** Logical id or name of the function, and where its URL is on this machine. */
  readonly functionUrls: readonly { readonly functionName: string; readonly url: string; readonly note: string }[];
  readonly awsUrl: string;
  readonly database?: { readonly host: string; readonly port: number; readonly engine: string };
  /** Who can sign in from the first start on; the first is the one whose tokens they are. */
  readonly users: readonly Pick<LocalUser, 'name' | 'password' | 'groups'>[];
  readonly token?: { readonly id: string; readonly access: string; readonly minutes: number };
  readonly sandbox: { readonly level: string; readonly reason?: string };
  /** How a user calls this command, e.g. `npx sampan`. */
  readonly command: string;
}

/** One write: whoever waits for `Ready` in a pipe has the whole table then. */
export function printStartReport(output: Output, report: StartReport): void {
  const { bold, dim, cyan } = output.colours;
  const lines: string[] = [];
  const line = (name: string, value: string, note = '') =>
    void lines.push(`  ${name.padEnd(9)} ${value}${note ? `  ${dim(note)}` : ''}`);
  lines.push('', bold(`Ready in ${report.seconds.toFixed(1)} s`), '');
  if (report.lambda) {
    line('Lambda', cyan(report.lambda.url), report.lambda.functions.join(', '));
  } else if (report.servicesOnly) line('API', 'none', 'services only: run sam local start-api or sam local invoke');
  else printStages(line, report.apiUrl ?? '', report.stages);
  for (const [index, { functionName, url, note }] of report.functionUrls.entries()) {
    line(index === 0 ? 'URLs' : '', cyan(url), `${functionName}${note}`);
  }
  line('AWS', cyan(report.awsUrl), `${report.command} aws secretsmanager list-secrets`);
  if (report.database) {
    const { engine, host, port } = report.database;
    line('Database', cyan(`${host}:${port}`), `${engine}; ${report.command} mysql`);
  }
  for (const [index, { name, password, groups }] of report.users.entries()) {
    const note = groups.length > 0 ? `in ${groups.join(', ')}` : '';
    line(index === 0 ? (report.users.length > 1 ? 'Users' : 'User') : '', `${cyan(name)}  password ${password}`, note);
  }
  const { level, reason } = report.sandbox;
  line('Sandbox', level, [reason, SANDBOX_NOTES[level]].filter(Boolean).join('; '));
  const example = report.lambda
    ? `aws lambda invoke --endpoint-url ${report.lambda.url} --function-name ${report.lambda.functions[0]} out.json`
    : report.apiUrl && exampleRequest(report.apiUrl, report.stages, report.token);
  if (example) lines.push('', `  ${example}`);
  const [first] = report.users;
  if (first && report.token) {
    const { minutes } = report.token;
    const life = minutes === 60 ? 'an hour' : `${minutes} minutes`;
    const whose =
      example?.includes(report.token.id) || example?.includes(report.token.access) ? 'That token is' : 'Tokens are';
    lines.push(
      '',
      dim(`  ${whose} ${first.name}'s, good for ${life}; ${report.command} token [--user NAME] prints a fresh one.`),
    );
  }
  output.stream.write(`${lines.join('\n')}\n\n`);
}

const SANDBOX_NOTES: Record<string, string> = {
  namespaces: 'own network and file system for each environment',
  process: 'network held by a preload, which other programs escape; /tmp without a size limit, code writable',
};

function printStages(
  line: (name: string, value: string, note?: string) => void,
  apiUrl: string,
  stages: readonly ServedStage[],
): void {
  if (stages.length === 0) {
    line('API', 'none', 'the template has no AWS::Serverless::Api');
    return;
  }
  for (const [index, { stage, routes }] of stages.entries()) {
    line(index === 0 ? 'API' : '', `${apiUrl}/${stage}`, `${stage} may be left out`);
    for (const { method, resource } of routes) {
      if (method !== 'OPTIONS') line('', `${method.padEnd(6)} ${resource}`);
    }
  }
}

/** A request that can be copied and works as it stands: the first POST with a model, else the first plain GET. */
function exampleRequest(
  apiUrl: string,
  stages: readonly ServedStage[],
  token: StartReport['token'],
): string | undefined {
  const plain = ({ resource }: RouteDefinition) => !resource.includes('{');
  for (const { routes, models } of stages) {
    const post = routes.find((route) => route.method === 'POST' && plain(route) && schemaOf(route) !== undefined);
    if (!post) continue;
    const body = JSON.stringify(exampleOf(schemaOf(post) ?? {}, models)).replaceAll("'", "'\\''");
    return `curl -s ${apiUrl}${post.resource}${tokenHeader(post, token)} -H 'content-type: application/json' -d '${body}'`;
  }
  const get = stages.flatMap(({ routes }) => routes).find((route) => /^(GET|ANY)$/.test(route.method) && plain(route));
  return get && `curl -s ${apiUrl}${get.resource}${tokenHeader(get, token)}`;
}

/** Where the route asks for one: of an access token's scopes, or of who somebody is. */
function tokenHeader({ authorization }: RouteDefinition, token: StartReport['token']): string {
  if (authorization.kind !== 'cognito' || !token) return '';
  const { authorizer, scopes } = authorization;
  return ` -H '${authorizer.source.name}: ${scopes.length > 0 ? token.access : token.id}'`;
}

function schemaOf({ validation }: RouteDefinition): JsonObject | undefined {
  return validation.bodySchemas['application/json'];
}

/** Errors and what is not emulated, each with its line in the template; what several resources share is said once. */
export function printDiagnostics(output: Output, diagnostics: readonly Diagnostic[]): void {
  const { red, yellow } = output.colours;
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const { severity, at, message } = diagnostic;
    const key = at
      ? `${severity} ${at.file}:${at.line}:${at.column} ${message}`
      : `${severity} ${formatDiagnostic(diagnostic)}`;
    groups.set(key, [...(groups.get(key) ?? []), diagnostic]);
  }
  for (const [first, ...others] of groups.values()) {
    if (!first) continue;
    const mark = first.severity === 'error' ? red('error') : yellow('warning');
    const also = others.length > 0 ? ` (also ${others.map(({ resource }) => resource).join(', ')})` : '';
    output.stream.write(`${mark} ${formatDiagnostic(first)}${also}\n`);
  }
}

/** Every function URL, as this machine can open it. */
export function functionUrls({ functionUrls: book, endpoint, kernel }: Cloud): StartReport['functionUrls'] {
  return book.list().map(({ functionName, qualifier, urlId, authType, invokeMode }) => ({
    functionName: qualifier === undefined ? functionName : `${functionName}:${qualifier}`,
    url: localFunctionUrl(urlId, kernel.region, endpoint.port),
    note: `${authType === 'AWS_IAM' ? ', signed' : ''}${invokeMode === 'RESPONSE_STREAM' ? ', streamed' : ''}`,
  }));
}

/** Where the stack's first database listens on this machine. */
export function databaseAddress(cloud: Cloud, stackName: string): StartReport['database'] {
  const instance = cloud.reconciler.resources(stackName).find(({ type }) => type === 'AWS::RDS::DBInstance');
  if (!instance) return undefined;
  const host = String(instance.attributes['Endpoint.Address'] ?? '');
  const port = Number(instance.attributes['Endpoint.Port'] ?? 3306);
  const target = cloud.kernel.addresses.lookup(host, port)?.target;
  if (target?.kind !== 'tcp') return undefined;
  return { host: target.host, port: target.port, engine: String(instance.properties.Engine) };
}
