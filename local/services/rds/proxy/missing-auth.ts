/**
 * What would let a user in whom a proxy has no credentials of: the entry of `Auth` that is missing, with the secret of
 * that user, if this account keeps one.
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Dispatch } from '../../../kernel/service.ts';
import { formatRemedy, type LineOf } from '../../../policy/remedy.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';

/** How the template is written, as far as a remedy has to know. */
export interface TemplateNames {
  /** How it names what has this ARN, e.g. `{ Ref: 'Secret' }`. */
  expressionOf(arn: string): Json | undefined;
  readonly lineOf: LineOf;
}

export interface MissingAuth {
  readonly user: string;
  readonly proxyArn: string;
  /** Of the entries there are. */
  readonly secretArns: readonly string[];
}

const AS_RDS = { kind: 'internal', service: 'rds.amazonaws.com' } as const;

/** YAML to paste; undefined where no template has made the proxy, or nobody keeps a secret of that user. */
export async function missingAuth(
  dispatch: Dispatch,
  { expressionOf, lineOf }: TemplateNames,
  { user, proxyArn, secretArns }: MissingAuth,
): Promise<string | undefined> {
  const logicalId = nameIn(expressionOf(proxyArn));
  if (logicalId === undefined) return undefined;
  for (const secretArn of await listSecrets(dispatch)) {
    if (secretArns.includes(secretArn) || (await userOf(dispatch, secretArn)) !== user) continue;
    const value = { AuthScheme: 'SECRETS', IAMAuth: 'DISABLED', SecretArn: expressionOf(secretArn) ?? secretArn };
    return formatRemedy([{ kind: 'add-item', logicalId, path: ['Auth'], value }], lineOf);
  }
  return undefined;
}

async function listSecrets(dispatch: Dispatch): Promise<string[]> {
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const input = { MaxResults: 100, ...(NextToken !== undefined && { NextToken }) };
    const page = (await dispatch({ caller: AS_RDS, service: 'secretsmanager', operation: 'ListSecrets', input })) as {
      SecretList?: readonly { ARN?: string }[];
      NextToken?: string;
    };
    found.push(...(page.SecretList ?? []).flatMap(({ ARN }) => ARN ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** Undefined for what is no login, or cannot be read. */
async function userOf(dispatch: Dispatch, SecretId: string): Promise<string | undefined> {
  try {
    const call = { caller: AS_RDS, service: 'secretsmanager', operation: 'GetSecretValue', input: { SecretId } };
    const { SecretString = '' } = (await dispatch(call)) as { SecretString?: string };
    const { username } = JSON.parse(SecretString) as { username?: unknown };
    return typeof username === 'string' ? username : undefined;
  } catch (error) {
    if (error instanceof AwsError || error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** `DatabaseProxy` of `!GetAtt DatabaseProxy.DBProxyArn`. */
function nameIn(expression: Json | undefined): string | undefined {
  const [logicalId] = ((expression as JsonObject | undefined)?.['Fn::GetAtt'] ?? []) as readonly Json[];
  return typeof logicalId === 'string' ? logicalId : undefined;
}
