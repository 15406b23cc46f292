/** What each route does: read the request, ask the domain, store, answer. */
import { entityTag, HttpError, header, ifMatchHolds, ifNoneMatchFinds, json, readJson } from '@app/shared/http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Route, Routes } from '../../api/serve.ts';
import { ticketId } from '../../api/ticket-id.ts';
import type { Attachment } from '../../domain/attachment.ts';
import { authorFor, mustBeAllowedTo, mustSee, requesterFor, requesterInSight } from '../../domain/caller.ts';
import { decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { InvalidInput, TicketNotFound, VersionMoved } from '../../domain/problems.ts';
import { listRequest, messageWish, searchRequest, ticketChange, ticketWish } from '../../domain/requests.ts';
import { searchTerms } from '../../domain/search.ts';
import { addMessage, changeTicket, type Message, type Moment, openTicket } from '../../domain/ticket.ts';
import type { TicketRepository } from './repository.ts';

export interface Dependencies {
  readonly repository: TicketRepository;
  readonly moment: () => Moment;
  /** Told of the events that have been stored; never rejects. */
  readonly announce: (events: readonly HelpDeskEvent[]) => Promise<void>;
}

export function ticketRoutes({ repository, moment, announce }: Dependencies): Routes {
  const open: Route = async (event, caller) => {
    const wish = ticketWish(readJson(event));
    const opened = openTicket({ ...wish, requesterEmail: requesterFor(caller, wish.requesterEmail) }, moment());
    await repository.open(opened);
    await announce(opened.events);
    const { ticket, message } = opened;
    return json(
      201,
      { ...ticket, messages: [shown(message)], attachments: [] },
      { Location: `${event.requestContext.path}/${ticket.id}`, ETag: entityTag(ticket.version) },
    );
  };

  const list: Route = async (event, caller) => {
    const { filters, limit, cursor } = listRequest(query(event));
    const after = cursor === undefined ? undefined : decodeCursor(cursor, filters);
    // One more than asked for tells whether there is a next page.
    const found = await repository.list({ filters, limit: limit + 1, after, requester: requesterInSight(caller) });
    const tickets = found.slice(0, limit);
    const last = tickets.at(-1);
    const nextCursor = found.length > limit && last ? encodeCursor(last, filters) : null;
    return json(200, { tickets, nextCursor });
  };

  const show: Route = async (event, caller) => {
    const id = ticketId(event);
    const ticket = await repository.find(id);
    if (!ticket) throw new TicketNotFound();
    mustSee(caller, ticket);
    const ETag = entityTag(ticket.version);
    const known = header(event, 'if-none-match');
    if (known !== undefined && ifNoneMatchFinds(known, ETag)) return { statusCode: 304, headers: { ETag }, body: '' };
    // Read after the version, so that the tag is never newer than what it is sent with.
    const { messages, attachments } = await repository.contents(id);
    return json(
      200,
      { ...ticket, messages: messages.map(shown), attachments: attachments.map(shownAttachment) },
      { ETag },
    );
  };

  const change: Route = async (event, caller) => {
    const id = ticketId(event);
    const condition = ifMatch(event);
    const wanted = ticketChange(readJson(event));
    const { ticket, events } = await repository.change(id, (current) => {
      mustSee(caller, current);
      mustBeAllowedTo(caller, wanted);
      if (!ifMatchHolds(condition, entityTag(current.version))) throw new VersionMoved();
      return changeTicket(current, wanted, moment());
    });
    await announce(events);
    return json(200, ticket, { ETag: entityTag(ticket.version) });
  };

  const reply: Route = async (event, caller) => {
    const id = ticketId(event);
    const wish = messageWish(readJson(event));
    const { ticket, message, events } = await repository.reply(id, (current, size) => {
      mustSee(caller, current);
      return addMessage(current, { ...wish, author: authorFor(caller, wish.author) }, size, moment());
    });
    await announce(events);
    return json(201, { ...message, ticketVersion: ticket.version });
  };

  const search: Route = async (event, caller) => {
    const { q, limit } = searchRequest(query(event));
    return json(200, { tickets: await repository.search(searchTerms(q), limit, requesterInSight(caller)) });
  };

  return {
    'POST /tickets': open,
    'GET /tickets': list,
    'GET /tickets/search': search,
    'GET /tickets/{id}': show,
    'PATCH /tickets/{id}': change,
    'POST /tickets/{id}/messages': reply,
  };
}

function ifMatch(event: APIGatewayProxyEvent): string {
  const condition = header(event, 'if-match');
  if (condition === undefined || condition.trim() === '') {
    throw new HttpError(
      428,
      'PRECONDITION_REQUIRED',
      'If-Match is needed, with the ETag that the ticket was read with',
    );
  }
  if (condition.trim() !== '*' && !condition.includes('"')) {
    throw new InvalidInput(['If-Match must be an entity tag with its quotation marks, such as "3"']);
  }
  return condition;
}

/** @throws InvalidInput when a parameter comes twice: which one was meant is not for us to choose. */
function query(event: APIGatewayProxyEvent): Record<string, unknown> {
  const repeated = Object.entries(event.multiValueQueryStringParameters ?? {}).filter(
    ([, values]) => (values?.length ?? 0) > 1,
  );
  if (repeated.length > 0) throw new InvalidInput(repeated.map(([name]) => `${name} must be given once`));
  return event.queryStringParameters ?? {};
}

function shownAttachment({ ticketId: _, ...attachment }: Attachment): Omit<Attachment, 'ticketId'> {
  return attachment;
}

function shown({ id, author, body, createdAt }: Message): Omit<Message, 'ticketId'> {
  return { id, author, body, createdAt };
}
