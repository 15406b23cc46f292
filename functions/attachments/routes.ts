/** What each route does. A file goes between its sender and S3 directly, by a URL that allows that one request. */
import type { Files } from '@app/shared/files';
import { HttpError, header, json, readJson } from '@app/shared/http';
import type { Route, Routes } from '../../api/serve.ts';
import {
  type Attachment,
  announceAttachment,
  mustBeAllowedToSend,
  newAttachment,
  objectKey,
  reportKey,
} from '../../domain/attachment.ts';
import { mustSee } from '../../domain/caller.ts';
import { isIdentifier } from '../../domain/identifiers.ts';
import { AttachmentNotFound, TicketNotFound } from '../../domain/problems.ts';
import type { Moment } from '../../domain/ticket.ts';
import type { AttachmentRepository } from './repository.ts';

export interface Dependencies {
  readonly repository: AttachmentRepository;
  readonly files: Files;
  /** The largest file that is taken. */
  readonly maximumBytes: number;
  readonly moment: () => Moment;
  /** Told of every attachment that has been announced. */
  readonly count: (attachment: Attachment) => void;
}

export function attachmentRoutes({ repository, files, maximumBytes, moment, count }: Dependencies): Routes {
  const announce: Route = async (event, caller) => {
    const ticketId = event.pathParameters?.['id'] ?? '';
    if (!isIdentifier(ticketId)) throw new TicketNotFound();
    const wanted = newAttachment(readJson(event), maximumBytes);
    mustBeAllowedToSend(caller, wanted);
    const { attachment, ticket } = await repository.announce(ticketId, (current, before) => {
      mustSee(caller, current);
      return announceAttachment(current, wanted, before, moment());
    });
    count(attachment);
    const { contentType, size } = attachment;
    const upload = await files.uploadRequest({ key: objectKey(attachment), contentType, size });
    return json(
      201,
      { ...attachment, ticketVersion: ticket.version, upload },
      { Location: `${event.requestContext.path}/${attachment.id}`, ...UNCACHED },
    );
  };

  const fetch: Route = async (event, caller) => {
    const { id = '', attachmentId = '' } = event.pathParameters ?? {};
    const found = isIdentifier(id) ? await repository.find(id, attachmentId) : undefined;
    if (!found) throw new TicketNotFound();
    mustSee(caller, found.ticket);
    const { attachment } = found;
    if (!attachment) throw new AttachmentNotFound();
    if (attachment.state === 'rejected') {
      throw new HttpError(409, 'ATTACHMENT_REJECTED', attachment.reason ?? 'The file is not what it was announced as');
    }
    const { fileName, contentType } = attachment;
    const { url, expiresAt } = await files.downloadRequest({ key: objectKey(attachment), fileName, contentType });
    // A page's script may not read where a redirect leads, and may not follow this one: another origin, without a token.
    if (/^\s*application\/json\s*(?:;|,|$)/i.test(header(event, 'accept') ?? '')) {
      return json(200, { ...attachment, url, expiresAt, ...(await reportOf(attachment)) }, UNCACHED);
    }
    return { statusCode: 302, headers: { Location: url, ...UNCACHED }, body: '' };
  };

  /** What became of each row, once an import has been through. */
  async function reportOf(attachment: Attachment): Promise<{ reportUrl?: string }> {
    if (attachment.purpose !== 'import' || attachment.state !== 'stored') return {};
    const fileName = `${attachment.fileName}.report.json`;
    const report = { key: reportKey(attachment), fileName, contentType: 'application/json' };
    return { reportUrl: (await files.downloadRequest(report)).url };
  }

  return {
    'POST /tickets/{id}/attachments': announce,
    'GET /tickets/{id}/attachments/{attachmentId}': fetch,
  };
}

/** The URLs are as good as the file, for as long as they are good: no cache keeps them. */
const UNCACHED = { 'Cache-Control': 'no-store' } as const;
