export { type ChunkedOptions, unchunked } from './aws-chunked.ts';
export { constraintTable } from './constraints/table.ts';
export { type Constraint, violations } from './constraints.ts';
export { type HttpRequest, type HttpResponse, mediaTypeOf, type RequestBody } from './http-message.ts';
export { inWordsOf } from './identity-errors.ts';
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
export { isNormal } from './sigv4-canonical.ts';
export { type ChunkVerifier, chunkVerifier, hashing } from './sigv4-chunks.ts';
export { type IdentityFault, type SignatureDetail, SignatureError } from './sigv4-error.ts';
export { type SigningContext, sha256 } from './sigv4-key.ts';
export { payloadLine, payloadMismatch, type SignedPayload, signedPayload } from './sigv4-payload.ts';
export {
  checkClaims,
  checkSignature,
  MISMATCH,
  type SignatureRules,
  type SignedRequest,
} from './sigv4-verify.ts';
export { ProtocolError, type WireError } from './wire-error.ts';
