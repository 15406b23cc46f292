/** Mock integrations: what they answer stands in the definition. */
import type { Integration, MockResponse } from './definition.ts';
import type { RenderedResponse } from './gateway-responses.ts';

/** @param accept the request's `Accept` */
export function answerMock(
  integration: Extract<Integration, { kind: 'mock' }>,
  accept: string | undefined,
): RenderedResponse {
  const status = String(integration.statusCode);
  const chosen: MockResponse | undefined =
    integration.responses.find(({ selection }) => selection !== 'default' && selection.test(status)) ??
    integration.responses.find(({ selection }) => selection === 'default');
  if (!chosen)
    return {
      statusCode: 500,
      headers: [['Content-Type', 'application/json']],
      body: '{"message": "Internal server error"}',
    };
  const type =
    accept && chosen.templates[accept] !== undefined
      ? accept
      : (Object.keys(chosen.templates)[0] ?? 'application/json');
  return {
    statusCode: chosen.statusCode,
    headers: [['Content-Type', type], ...Object.entries(chosen.headers)],
    body: chosen.templates[type]?.trim() ?? '',
  };
}
