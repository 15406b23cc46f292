/**
 * `POST /webhooks/{channel}`: takes what is signed, once, onto the queue. In this order, so that whoever has no secret
 * learns nothing but that, costs little, and leaves nothing behind.
 */
import { type Answer, HttpError, header, json } from '@app/shared/http';
import type { Once } from '@app/shared/once';
import { type ReadTexts, SecretError } from '@app/shared/secrets';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Route } from '../../api/serve.ts';
import { type Channel, isChannel, readDelivery } from '../../domain/webhook.ts';
import { LARGEST_MESSAGE, messageOf } from '../../domain/webhook-message.ts';
import { type Claim, fingerprintOf, isInWindow, isSigned, readClaim, SignatureMalformed } from './signature.ts';

export interface Dependencies {
  readonly secrets: Readonly<Record<Channel, ReadTexts>>;
  readonly once: Once;
  /** Puts a message on the queue. */
  readonly send: (message: string) => Promise<void>;
  /** ms */
  readonly now: () => number;
  readonly onQueued: (channel: Channel) => void;
}

/** A secret may have been changed since it was read; but whoever signs wrongly must not make us ask for it every time. */
const REREAD_AFTER_MS = 5_000;

export function webhookRoutes({ secrets, once, send, now, onQueued }: Dependencies) {
  const rereadAt = new Map<Channel, number>();

  async function isGenuine(channel: Channel, claim: Claim, body: Uint8Array): Promise<boolean> {
    if (isSigned(claim, body, await secrets[channel]({ fresh: false }))) return true;
    if (now() - (rereadAt.get(channel) ?? Number.NEGATIVE_INFINITY) < REREAD_AFTER_MS) return false;
    rereadAt.set(channel, now());
    return isSigned(claim, body, await secrets[channel]({ fresh: true }));
  }

  async function receive(event: APIGatewayProxyEvent): Promise<Answer> {
    const channel = event.pathParameters?.['channel'] ?? '';
    if (!isChannel(channel)) throw new HttpError(404, 'NOT_FOUND', 'There is no such channel');
    const body = bytesOf(event);
    const claim = claimOf(event);
    if (!isInWindow(claim, now())) {
      throw new HttpError(401, 'TIMESTAMP_OUT_OF_WINDOW', 'The time stamp is more than 5 minutes away from now');
    }
    if (!(await isGenuine(channel, claim, body))) {
      throw new HttpError(401, 'INVALID_SIGNATURE', 'The signature is not one of this body, time stamp and channel');
    }
    const payload = parsed(body);
    const { id } = readDelivery(channel, payload);
    const message = messageOf(channel, payload);
    if (Buffer.byteLength(message) > LARGEST_MESSAGE) throw tooLarge();

    const outcome = await once(fingerprintOf(channel, claim, body), () => send(message));
    if (outcome === 'repeated') {
      throw new HttpError(409, 'DELIVERY_REPLAYED', 'This very request was taken before: sign anew to deliver again');
    }
    if (outcome === 'under way') {
      throw new HttpError(409, 'DELIVERY_UNDER_WAY', 'This very request is being taken now', {
        headers: { 'Retry-After': '1' },
      });
    }
    onQueued(channel);
    return json(202, { channel, deliveryId: id });
  }

  return {
    'POST /webhooks/{channel}': async (event: APIGatewayProxyEvent): Promise<Answer> => {
      try {
        return await receive(event);
      } catch (error) {
        throw isOurs(error) ? unavailable(error) : error;
      }
    },
  } satisfies Record<string, Route>;
}

/** The very bytes that were sent: API Gateway hands out UTF-8 as text, and what it counts as binary in base64. */
function bytesOf({ body, isBase64Encoded }: APIGatewayProxyEvent): Uint8Array {
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  if (Buffer.byteLength(body ?? '', encoding) > LARGEST_MESSAGE) throw tooLarge();
  return Buffer.from(body ?? '', encoding);
}

function claimOf(event: APIGatewayProxyEvent): Claim {
  try {
    return readClaim(header(event, 'x-webhook-timestamp'), header(event, 'x-webhook-signature'));
  } catch (error) {
    throw error instanceof SignatureMalformed ? new HttpError(400, 'MALFORMED_SIGNATURE', error.message) : error;
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new HttpError(400, 'INVALID_JSON', 'The body is not valid JSON in UTF-8');
  }
}

function tooLarge(): HttpError {
  return new HttpError(413, 'PAYLOAD_TOO_LARGE', `The body must not exceed ${LARGEST_MESSAGE} bytes`);
}

/** Of AWS, through the SDK or Powertools: nothing is wrong with the request, and it may come again. */
function isOurs(error: unknown): error is Error {
  if (error instanceof SecretError) return true;
  if (!(error instanceof Error)) return false;
  return '$metadata' in error || error.name.startsWith('Idempotency') || error.name === 'TimeoutError';
}

function unavailable(cause: Error): HttpError {
  return new HttpError(503, 'UNAVAILABLE', 'The delivery cannot be taken now: try again', {
    headers: { 'Retry-After': '5' },
    cause,
  });
}
