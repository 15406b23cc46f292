/**
 * What an authorizer's function answered: who the caller is, and a policy of what they may call.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
import { MalformedPolicy, type Policy, readPolicy } from '../../../../policy/iam/index.ts';
import type { Json, JsonObject } from '../../../../template/stack.ts';
import { isObject } from '../../json.ts';

export interface AuthorizerAnswer {
  readonly principalId: string;
  /** Its statements are about everybody: whoever asked is who it was made for. */
  readonly policy: Policy;
  /** As texts, which is how integrations and logs see them. */
  readonly context: Readonly<Record<string, string>>;
  readonly usageIdentifierKey?: string;
}

/** Why an answer is none, for the execution log. */
export class MalformedAnswer extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedAnswer';
  }
}

/** @param payload JSON text. Throws MalformedAnswer. */
export function readAuthorizerAnswer(payload: string, authorizer: string): AuthorizerAnswer {
  const answer = parse(payload);
  if (!isObject(answer)) throw new MalformedAnswer('it is no object');
  const { principalId, policyDocument, context, usageIdentifierKey } = answer;
  if (typeof principalId !== 'string') throw new MalformedAnswer('it has no principalId, or one that is no text');
  return {
    principalId,
    policy: {
      document: readDocument(policyDocument),
      source: { kind: 'identity', name: `the policy that authorizer ${authorizer} answered for ${principalId}` },
    },
    context: readContext(context),
    ...(typeof usageIdentifierKey === 'string' && { usageIdentifierKey }),
  };
}

function readDocument(document: Json | undefined) {
  if (!isObject(document)) throw new MalformedAnswer('it has no policyDocument');
  const { Statement } = document;
  const statements = (Array.isArray(Statement) ? Statement : [Statement]).map((statement) => {
    if (!isObject(statement)) return statement ?? null;
    if ('Principal' in statement || 'NotPrincipal' in statement) {
      throw new MalformedAnswer('its policy has a principal');
    }
    return { ...statement, Principal: '*' };
  });
  try {
    return readPolicy({ Version: '2012-10-17', ...document, Statement: statements }, 'endpoint');
  } catch (error) {
    if (error instanceof MalformedPolicy) throw new MalformedAnswer(`its policy: ${error.message}`);
    throw error;
  }
}

/** Texts, numbers and booleans alone: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html */
function readContext(context: Json | undefined): Record<string, string> {
  const texts: Record<string, string> = Object.create(null);
  if (context === undefined || context === null) return texts;
  if (!isObject(context)) throw new MalformedAnswer('its context is no object');
  for (const [key, value] of Object.entries(context as JsonObject)) {
    if (value === null) continue;
    if (typeof value === 'object') throw new MalformedAnswer(`${key} in its context is no text, number or boolean`);
    texts[key] = String(value);
  }
  return texts;
}

function parse(payload: string): Json | undefined {
  try {
    return JSON.parse(payload) as Json;
  } catch {
    return undefined;
  }
}
