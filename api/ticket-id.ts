/** The ticket that a path names. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { isIdentifier } from '../domain/identifiers.ts';
import { TicketNotFound } from '../domain/problems.ts';

/** What is no identifier names no ticket: the caller learns the same as of one that has never been. */
export function ticketId(event: APIGatewayProxyEvent): string {
  const id = event.pathParameters?.['id'] ?? '';
  if (!isIdentifier(id)) throw new TicketNotFound();
  return id;
}
