export { unchunked } from './aws-chunked.ts';
export { constraintTable } from './constraints/table.ts';
export { type Constraint, violations } from './constraints.ts';
export { type HttpRequest, type HttpResponse, mediaTypeOf, type RequestBody } from './http-message.ts';
export { serviceNames, serviceOfHost } from './service-names.ts';
export {
  createServiceWire,
  type Exchange,
  encodeErrorFor,
  protocolOf,
  type ServiceModel,
  type ServiceWire,
} from './service-wire.ts';
export { type Authorization, parseAuthorization } from './sigv4.ts';
export { SignatureError, type SignatureRules, type SignedRequest, verifySignature } from './sigv4-verify.ts';
export { ProtocolError, type WireError } from './wire-error.ts';
