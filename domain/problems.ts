/** Why the help desk refuses something. Each is expected, and each is for the caller to read. */

/** Something in the input is not as it must be. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  /** One sentence for each thing that is wrong, each naming its field. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** The cursor is not one that we gave, or was given for other filters. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

export class TicketNotFound extends Error {
  override readonly name = 'TicketNotFound';

  constructor() {
    super('There is no such ticket');
  }
}

export class AttachmentNotFound extends Error {
  override readonly name = 'AttachmentNotFound';

  constructor() {
    super('There is no such attachment');
  }
}

/** The caller is known, and may not do this. */
export class NotPermitted extends Error {
  override readonly name = 'NotPermitted';
}

/** The ticket is not what the caller believes it to be any more. */
export class VersionMoved extends Error {
  override readonly name = 'VersionMoved';

  constructor() {
    super('The ticket has changed since it was read: read it again');
  }
}

/** The ticket holds as much as can be shown at once. */
export class TicketFull extends Error {
  override readonly name = 'TicketFull';

  constructor(of: 'messages' | 'attachments' = 'messages') {
    super(`The ticket holds as many ${of} as it can: open a new one`);
  }
}

/** The ticket's status does not allow this. */
export class NotAllowedInStatus extends Error {
  override readonly name = 'NotAllowedInStatus';
}
