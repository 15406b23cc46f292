/** One of AWS's wire protocols: how an operation's input, output and errors look in HTTP. */
import type { HttpRequest, HttpResponse } from './http-message.ts';
import type { OperationShape, StructureShape } from './shape.ts';
import type { WireError } from './wire-error.ts';

export type ProtocolName =
  | 'json-1.0'
  | 'json-1.1'
  | 'rest-json'
  | 'rest-xml'
  | 'query'
  | 'ec2-query'
  | 'rpc-v2-cbor'
  | 'rpc-v2-json';

export type Structure = Record<string, unknown>;

export interface ErrorContext {
  readonly requestId: string;
  /** The error's shape in the service's model, by the code AWS gives it; undefined for codes every service has. */
  readonly shape: StructureShape | undefined;
  /** What the JSON and CBOR protocols name the error; its code, where a service has no other name for it. */
  readonly type: string;
  /** The client asked for the codes of the query protocol that this service spoke before. */
  readonly queryCompatible: boolean;
}

export interface Protocol {
  readonly name: ProtocolName;
  /** What AWS calls an input that lacks a required member. */
  readonly validationErrorCode: string;
  /** Throws ProtocolError when the request does not fit the operation's model. */
  decode(operation: OperationShape, request: HttpRequest): Promise<Structure>;
  encode(operation: OperationShape, output: Structure, requestId: string): HttpResponse;
  encodeError(error: WireError, context: ErrorContext): HttpResponse;
}

/** The message member of an error has a capital in some services and none in others. */
export function messageName(shape: StructureShape | undefined): string {
  return shape?.members.find((member) => member.name.toLowerCase() === 'message')?.name ?? 'message';
}

/** Members of the error's shape that the thrower gave, besides the message. */
export function errorMembers(error: WireError, shape: StructureShape | undefined): Structure {
  if (!shape) return {};
  const message = messageName(shape);
  const known = shape.members.filter((member) => member.name !== message && error.members[member.name] !== undefined);
  return Object.fromEntries(known.map((member) => [member.name, error.members[member.name]]));
}

/** `code;Sender`, which clients of a query-compatible service turn back into the old codes. */
export function queryErrorHeader(error: WireError, context: ErrorContext): Record<string, string> {
  if (!context.queryCompatible) return {};
  const code = context.shape?.traits.awsQueryError?.[0] ?? error.code;
  return { 'x-amzn-query-error': `${code};${error.fault === 'client' ? 'Sender' : 'Receiver'}` };
}
