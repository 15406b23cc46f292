/** Tokens of OAuth 2.0 by client credentials, kept in memory while they hold. */
import type { Clock } from '../../kernel/index.ts';
import { request } from './api-call.ts';
import type { AuthParameters } from './connections.ts';
import { DeliveryFailure } from './failures.ts';

export interface Tokens {
  get(connectionArn: string, parameters: NonNullable<AuthParameters['OAuthParameters']>): Promise<string>;
  forget(connectionArn: string): void;
}

const USUAL_SECONDS = 3_600;
/** A token is not used to its last second. */
const EARLY_MS = 10_000;

export function createTokens(clock: Clock): Tokens {
  const known = new Map<string, { readonly token: string; readonly until: number }>();
  return {
    async get(connectionArn, parameters) {
      const kept = known.get(connectionArn);
      if (kept && kept.until > clock.now()) return kept.token;
      const { token, seconds } = await fetchToken(parameters, clock);
      known.set(connectionArn, { token, until: clock.now() + seconds * 1_000 - EARLY_MS });
      return token;
    },
    forget: (connectionArn) => void known.delete(connectionArn),
  };
}

async function fetchToken(
  {
    ClientParameters,
    AuthorizationEndpoint = '',
    HttpMethod = 'POST',
    OAuthHttpParameters,
  }: NonNullable<AuthParameters['OAuthParameters']>,
  clock: Clock,
): Promise<{ readonly token: string; readonly seconds: number }> {
  const url = new URL(AuthorizationEndpoint);
  const { HeaderParameters = [], QueryStringParameters = [], BodyParameters = [] } = OAuthHttpParameters ?? {};
  for (const { Key = '', Value = '' } of QueryStringParameters) url.searchParams.append(Key, Value);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: ClientParameters?.ClientID ?? '',
    client_secret: ClientParameters?.ClientSecret ?? '',
    ...Object.fromEntries(BodyParameters.map(({ Key = '', Value = '' }) => [Key, Value])),
  });
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
  for (const { Key = '', Value = '' } of HeaderParameters) headers.set(Key, Value);
  const init =
    HttpMethod === 'GET' ? { method: 'GET', headers } : { method: HttpMethod, headers, body: form.toString() };
  if (HttpMethod === 'GET') for (const [name, value] of form) url.searchParams.append(name, value);
  const response = await request(url, init, clock);
  const text = await response.text();
  const problem = (what: string) =>
    new DeliveryFailure('SDK_CLIENT_ERROR', `${url.origin} gave no token: ${what}`, { retried: true });
  if (!response.ok) throw problem(`it answered ${response.status}`);
  let answer: { access_token?: unknown; expires_in?: unknown };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    throw problem('its answer is not JSON');
  }
  if (typeof answer.access_token !== 'string') throw problem('there is no access_token in its answer');
  return { token: answer.access_token, seconds: Number(answer.expires_in) || USUAL_SECONDS };
}
