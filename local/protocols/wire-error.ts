import type { IdentityFault, SignatureDetail } from './sigv4-error.ts';

/** What an error needs in order to travel; the kernel's AwsError is one. */
export interface WireError {
  /** AWS's name of the error, e.g. `ResourceNotFoundException`. */
  readonly code: string;
  readonly message: string;
  readonly statusCode: number;
  readonly fault: 'client' | 'server';
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Of refusals of who is asking: each service has a code of its own for them, which `identity-errors.ts` knows. */
  readonly identityFault?: IdentityFault;
  readonly detail?: SignatureDetail;
}

/** A request this room refuses before any service sees it: malformed, unsigned, of no known operation. */
export class ProtocolError extends Error implements WireError {
  readonly code: string;
  readonly statusCode: number;
  readonly fault = 'client';
  readonly members = {};
  readonly headers = {};

  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
    this.statusCode = statusCode;
  }
}

/** The request's content is not what the operation's model says. */
export function serializationError(message: string): ProtocolError {
  return new ProtocolError('SerializationException', message);
}

/** What is told of something thrown: AWS's refusals and ours as they are, of all else no more than that it failed. */
export function errorOf(thrown: unknown): WireError {
  const { code, statusCode } = (thrown ?? {}) as Partial<WireError>;
  if (thrown instanceof Error && typeof code === 'string' && typeof statusCode === 'number') {
    return thrown as unknown as WireError;
  }
  return {
    code: 'InternalFailure',
    message: 'The request processing has failed because of an unknown error, exception or failure.',
    statusCode: 500,
    fault: 'server',
    members: {},
    headers: {},
  };
}
