/**
 * A `COGNITO_USER_POOLS` authorizer. Tokens that were found good are known again until they expire, so that a signature
 * is checked once for each.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
 */
import { hash } from 'node:crypto';
import { AwsError } from '../../../../kernel/aws-error.ts';
import type { ServiceContext } from '../../../../kernel/service.ts';
import { OWN_LOG } from '../../../../kernel/telemetry.ts';
import type { CognitoAuthorizer, Verdict } from '../contract.ts';
import { refused, UNAUTHORIZED } from '../contract.ts';
import { claimTexts } from './claims.ts';
import { createSigningKeyBook } from './signing-keys.ts';
import { type Claims, type SigningKeys, type TokenVerdict, verifyToken } from './token.ts';

/** @param header the identity source's value  @param scopes of the method; a token with one of them will do */
export type AskCognito = (header: string | undefined, scopes: readonly string[]) => Verdict | Promise<Verdict>;

interface Known {
  readonly claims: Claims;
  readonly scopes: ReadonlySet<string>;
  /** `requestContext.authorizer` */
  readonly authorizer: { readonly claims: Readonly<Record<string, string>> };
  readonly expiresAt: number;
}

/** More users at a time than anybody has on a laptop; one who makes tokens up gets none in here. */
const MOST_KNOWN = 10_000;

const EXPIRED = refused({ type: 'UNAUTHORIZED', message: 'The incoming token has expired' });
const NOBODY = refused(UNAUTHORIZED);

export function createCognitoAuthorizer(
  { name, providerArns, audience }: CognitoAuthorizer,
  { dispatch, clock, telemetry }: Pick<ServiceContext, 'dispatch' | 'clock' | 'telemetry'>,
): AskCognito {
  const say = (message: string) => telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  const missing = new Set<string>();
  const keys = createSigningKeyBook(providerArns, dispatch, (arn) => {
    if (missing.has(arn)) return;
    missing.add(arn);
    say(`the authorizer ${name} lets none of its users in: there is no user pool ${arn}`);
  });
  const known = new Map<string, Known>();

  function ask(header: string | undefined, scopes: readonly string[]): Verdict | Promise<Verdict> {
    const token = header === undefined ? '' : tokenIn(header);
    if (token === '') return NOBODY;
    const key = hash('sha256', token, 'base64');
    const before = known.get(key);
    if (before) {
      if (before.expiresAt > clock.now()) return judge(before, scopes);
      known.delete(key);
      return EXPIRED;
    }
    return verify(token).then(
      (verdict) => verdictOf(verdict, key, scopes),
      (error) => {
        if (!(error instanceof AwsError)) throw error;
        return refused({
          type: 'AUTHORIZER_CONFIGURATION_ERROR',
          message: null,
          execution: `Execution failed due to configuration error: ${error.message}`,
        });
      },
    );
  }

  /** A key that is not known may be a new one. */
  async function verify(token: string): Promise<TokenVerdict> {
    const before = keys.issuers;
    const verdict = verifyWith(before ?? (await keys.load()), token);
    if (verdict.kind !== 'unknown-key' || before === undefined) return verdict;
    return verifyWith(await keys.load(), token);
  }

  const verifyWith = (issuers: ReadonlyMap<string, SigningKeys>, token: string) =>
    verifyToken(token, issuers, clock.now());

  function verdictOf(verdict: TokenVerdict, key: string, scopes: readonly string[]): Verdict {
    if (verdict.kind === 'expired') return EXPIRED;
    if (verdict.kind !== 'valid') return nobody(verdict.reason);
    const { claims, expiresAt } = verdict;
    const found: Known = {
      claims,
      scopes: new Set(typeof claims.scope === 'string' ? claims.scope.split(' ') : []),
      authorizer: { claims: claimTexts(claims) },
      expiresAt,
    };
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value as string);
    known.set(key, found);
    return judge(found, scopes);
  }

  /** Without scopes a method wants an identity token, with scopes an access token. */
  function judge({ claims, scopes: has, authorizer }: Known, scopes: readonly string[]): Verdict {
    const wanted = scopes.length === 0 ? 'id' : 'access';
    if (claims.token_use !== wanted) return nobody(`it is no ${wanted} token`);
    if (scopes.length > 0 && !scopes.some((scope) => has.has(scope))) {
      return nobody(`it has none of the scopes ${scopes.join(', ')}`);
    }
    if (audience && !audiencesOf(claims).some((one) => audience.test(one))) {
      return nobody('the identity validation expression does not match its audience');
    }
    return { kind: 'granted', authorizer };
  }

  const nobody = (reason: string): Verdict =>
    refused({
      ...UNAUTHORIZED,
      execution: `Unauthorized request: authorizer ${name} does not take the token: ${reason}`,
    });

  return ask;
}

/** With or without `Bearer`, as API Gateway takes it. */
function tokenIn(header: string): string {
  return header.replace(/^\s*(?:Bearer\s+)?/i, '').trimEnd();
}

/**
 * Of access tokens there are none: an authorizer with an expression takes no such token.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
 */
function audiencesOf({ aud }: Claims): string[] {
  return [aud].flat().filter((one) => typeof one === 'string');
}
