import type { Json } from '../../template/stack.ts';
import { AwsError } from '../aws-error.ts';

/** Calls another service as CloudFormation. */
export type Ask = (service: string, operation: string, input: unknown) => Promise<unknown>;

const REFERENCE = /\{\{resolve:(secretsmanager|ssm|ssm-secure):([^{}]+)\}\}/g;

/**
 * Replaces `{{resolve:…}}` in every string of `value`. Answers `value` itself when there is none.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 *
 * Custom resources get the secure kinds unresolved, as on AWS. Rejects with AwsError when something cannot be found.
 */
export async function resolveDynamicReferences<T extends Json>(value: T, type: string, ask: Ask): Promise<T> {
  if (!hasDynamicReference(value)) return value;
  const isCustom = type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
  // One answer per reference, however often it is written: a secret cannot change between two properties.
  const answers = new Map<string, Promise<string>>();
  const lookUp = (service: string, rest: string): Promise<string> => {
    const key = `${service}:${rest}`;
    const answer =
      answers.get(key) ?? (service === 'secretsmanager' ? secret(rest, ask) : parameter(service, rest, ask));
    answers.set(key, answer);
    return answer;
  };
  const resolveText = async (text: string): Promise<string> => {
    let result = '';
    let end = 0;
    for (const match of text.matchAll(REFERENCE)) {
      const [whole, service, rest] = match as unknown as [string, string, string];
      const stays = isCustom && service !== 'ssm';
      result += text.slice(end, match.index) + (stays ? whole : await lookUp(service, rest));
      end = match.index + whole.length;
    }
    return result + text.slice(end);
  };
  const walk = async (node: Json): Promise<Json> => {
    if (typeof node === 'string') return hasDynamicReference(node) ? resolveText(node) : node;
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return Promise.all(node.map(walk));
    const entries = Object.entries(node).map(async ([key, member]) => [key, await walk(member)] as const);
    return Object.fromEntries(await Promise.all(entries));
  };
  return (await walk(value)) as T;
}

function hasDynamicReference(value: Json): boolean {
  if (typeof value === 'string') return value.includes('{{resolve:') && value.search(REFERENCE) >= 0;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasDynamicReference);
}

/** `secret-id:SecretString:json-key:version-stage:version-id`, everything but the first optional. */
async function secret(reference: string, ask: Ask): Promise<string> {
  const parts = reference.split(':');
  const id = parts.splice(0, reference.startsWith('arn:') ? 7 : 1).join(':');
  const [kind = 'SecretString', jsonKey = '', stage = '', version = ''] = parts;
  if (kind !== 'SecretString') throw invalid(reference, `"${kind}" must be SecretString`);
  const answer = (await ask('secretsmanager', 'GetSecretValue', {
    SecretId: id,
    ...(stage && { VersionStage: stage }),
    ...(version && { VersionId: version }),
  })) as { SecretString?: string };
  if (answer.SecretString === undefined) throw invalid(reference, 'the secret has no SecretString');
  if (jsonKey === '') return answer.SecretString;
  const found = memberOf(answer.SecretString, jsonKey);
  if (found === undefined) throw invalid(reference, `Could not find a value associated with JSONKey ${jsonKey}`);
  return found;
}

function memberOf(text: string, key: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    const member = (value as Record<string, unknown>)[key];
    return typeof member === 'string' ? member : JSON.stringify(member);
  } catch {
    return undefined;
  }
}

/** `name` or `name:version`; a SecureString by the kind that says so, and nothing else by it. */
async function parameter(kind: string, reference: string, ask: Ask): Promise<string> {
  const found = await storedParameter(reference, ask);
  if (found?.Value === undefined) throw invalid(reference, 'the parameter has no value');
  const isSecure = found.Type === 'SecureString';
  if (isSecure && kind === 'ssm') throw invalid(reference, 'a SecureString is referred to by ssm-secure');
  if (!isSecure && found.Type !== undefined && kind === 'ssm-secure') {
    throw invalid(reference, `it is a ${found.Type}, to which ssm refers`);
  }
  return found.Value;
}

async function storedParameter(reference: string, ask: Ask): Promise<{ Value?: string; Type?: string } | undefined> {
  try {
    const answer = await ask('ssm', 'GetParameter', { Name: reference, WithDecryption: true });
    return (answer as { Parameter?: { Value?: string; Type?: string } }).Parameter;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ParameterNotFound') throw error;
    const name = reference.replace(/:\d+$/, '');
    throw invalid(
      reference,
      `there is no such parameter here; sampan aws ssm put-parameter --name ${name} --type String --value … makes one`,
    );
  }
}

const invalid = (reference: string, why: string): AwsError =>
  new AwsError('ValidationError', `The dynamic reference to ${reference} cannot be resolved: ${why}`);
