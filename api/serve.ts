/** From an API Gateway event to its answer: finds the route, and turns whatever it throws into the documented errors. */
import { DatabaseUnavailableError } from '@app/shared/database';
import { type Answer, corsHeaders, errorAnswer, HttpError, withHeaders } from '@app/shared/http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Caller } from '../domain/caller.ts';
import {
  AttachmentNotFound,
  InvalidCursor,
  InvalidInput,
  NotAllowedInStatus,
  NotPermitted,
  TicketFull,
  TicketNotFound,
  VersionMoved,
} from '../domain/problems.ts';

export type Route = (event: APIGatewayProxyEvent, caller: Caller) => Promise<Answer>;

/** By method and API Gateway resource: `GET /tickets/{id}`. */
export type Routes = Readonly<Record<string, Route>>;

export interface Dependencies {
  readonly routes: Routes;
  /** Who it is, by what API Gateway has verified; whoever it refuses gets no further. */
  readonly callerOf: (event: APIGatewayProxyEvent) => Caller;
  readonly logger: { error(message: string, error: Error): void };
  readonly corsAllowOrigin: string;
}

export function serve({ routes, callerOf, logger, corsAllowOrigin }: Dependencies) {
  const cors = corsHeaders(corsAllowOrigin);
  return async (event: APIGatewayProxyEvent): Promise<Answer> => {
    try {
      const name = `${event.httpMethod} ${event.resource}`;
      const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
      if (!route) throw new HttpError(404, 'NOT_FOUND', 'There is no such route');
      return withHeaders(await route(event, callerOf(event)), cors);
    } catch (error) {
      const refusal = asHttp(error);
      if (!(refusal instanceof HttpError) || refusal.status >= 500) logger.error('The request failed', asError(error));
      return withHeaders(errorAnswer(refusal, event.requestContext.requestId), cors);
    }
  };
}

/** What the caller may know about an error; anything unforeseen stays as it is and becomes a bare 500. */
function asHttp(error: unknown): unknown {
  if (error instanceof InvalidInput) return new HttpError(400, 'VALIDATION_FAILED', error.message);
  if (error instanceof InvalidCursor) return new HttpError(400, 'INVALID_CURSOR', error.message);
  if (error instanceof NotPermitted) return new HttpError(403, 'ACCESS_DENIED', error.message);
  if (error instanceof TicketNotFound || error instanceof AttachmentNotFound) {
    return new HttpError(404, 'NOT_FOUND', error.message);
  }
  if (error instanceof NotAllowedInStatus) return new HttpError(409, 'NOT_ALLOWED_IN_STATUS', error.message);
  if (error instanceof TicketFull) return new HttpError(409, 'TICKET_FULL', error.message);
  if (error instanceof VersionMoved) return new HttpError(412, 'VERSION_MOVED', error.message);
  if (error instanceof DatabaseUnavailableError) {
    return new HttpError(503, 'DATABASE_UNAVAILABLE', 'The database does not answer now: try again', {
      headers: { 'Retry-After': '5' },
      cause: error,
    });
  }
  return error;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
