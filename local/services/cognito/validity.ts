/** How long a client's tokens live. */
import type { AppClient, ClientSettings } from './records.ts';

type TokenKind = 'access' | 'id' | 'refresh';

const UNIT_MS: Readonly<Record<string, number>> = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html */
const DEFAULTS = {
  access: { unit: 'hours', value: 1 },
  id: { unit: 'hours', value: 1 },
  refresh: { unit: 'days', value: 30 },
} as const;

export function validityMs({ settings }: Pick<AppClient, 'settings'>, kind: TokenKind): number {
  const unit = unitOf(settings, kind) ?? DEFAULTS[kind].unit;
  return (numberOf(settings, kind) || DEFAULTS[kind].value) * (UNIT_MS[unit] ?? 0);
}

function unitOf({ TokenValidityUnits: units }: ClientSettings, kind: TokenKind): string | undefined {
  if (kind === 'access') return units?.AccessToken;
  return kind === 'id' ? units?.IdToken : units?.RefreshToken;
}

function numberOf(settings: ClientSettings, kind: TokenKind): number | undefined {
  if (kind === 'access') return settings.AccessTokenValidity;
  return kind === 'id' ? settings.IdTokenValidity : settings.RefreshTokenValidity;
}
