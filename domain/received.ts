/** Events as consumers get them: out of EventBridge's envelope, which a queue holds as text. */
import type { HelpDeskEvent } from './events.ts';
import { isIdentifier } from './identifiers.ts';

/** What was taken off a queue is no event of the help desk. Quotes nothing of it. */
export class NotAnEvent extends Error {
  override readonly name = 'NotAnEvent';
}

/**
 * Reads what every event has; what a consumer needs of one type beyond that, it asks for by that type.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overview-event-structure.html
 * @throws NotAnEvent
 */
export function helpDeskEvent(body: string): HelpDeskEvent {
  let envelope: { 'detail-type'?: unknown; detail?: Record<string, unknown> } | null;
  try {
    envelope = JSON.parse(body);
  } catch {
    throw new NotAnEvent('The message is not JSON');
  }
  const detail = envelope?.detail;
  if (typeof detail !== 'object' || detail === null) throw new NotAnEvent('The message has no detail');
  const { id, type, occurredAt, ticketId, ticketVersion } = detail;
  if (type !== envelope?.['detail-type']) throw new NotAnEvent('The detail is of another type than the event');
  const problems = [
    ...(isText(id) && isIdentifier(id) ? [] : ['id']),
    ...(isText(ticketId) && isIdentifier(ticketId) ? [] : ['ticketId']),
    ...(isText(occurredAt) && !Number.isNaN(Date.parse(occurredAt)) ? [] : ['occurredAt']),
    ...(Number.isSafeInteger(ticketVersion) ? [] : ['ticketVersion']),
  ];
  if (problems.length > 0) throw new NotAnEvent(`The event has no usable ${problems.join(', ')}`);
  return detail as unknown as HelpDeskEvent;
}

const isText = (value: unknown): value is string => typeof value === 'string';
