export { type ChunkedOptions, unchunked } from './aws-chunked.ts';
export {
  CHECKSUM_ALGORITHMS,
  CHECKSUM_BYTES,
  type ChecksumAlgorithm,
  checksumHeader,
  createChecksum,
  isChecksumAlgorithm,
  type RunningChecksum,
} from './checksums/algorithms.ts';
export { canCombine, combine } from './checksums/combine.ts';
export { createDigests, type RunningDigests } from './checksums/digests.ts';
export { constraintTable } from './constraints/table.ts';
export { type Constraint, violations } from './constraints.ts';
export {
  type HttpRequest,
  type HttpResponse,
  isPourable,
  isStatedBody,
  mediaTypeOf,
  type Pourable,
  type RequestBody,
  type StatedBody,
} from './http-message.ts';
export { inWordsOf } from './identity-errors.ts';
export { addressOf, bucketOfHost } from './s3/addressing.ts';
export { badChecksum, badMd5, checkMd5Form } from './s3/digests.ts';
export { checkPostPolicy, type FormFields, type LengthRange } from './s3/post-policy.ts';
export { factsOf, HEADERS, REQUEST, type S3RequestFacts, STATUS } from './s3/request-facts.ts';
export { POST_OBJECT, PREFLIGHT } from './s3/routes.ts';
export { serviceNames, serviceOfHost } from './service-names.ts';
export {
  createServiceWire,
  type Exchange,
  encodeErrorFor,
  protocolOf,
  type ServiceModel,
  type ServiceWire,
} from './service-wire.ts';
export { refuseVersion2, version2 } from './sigv2.ts';
export { type Authorization, parseAuthorization } from './sigv4.ts';
export { isNormal } from './sigv4-canonical.ts';
export { type ChunkVerifier, chunkVerifier, hashing } from './sigv4-chunks.ts';
export { type IdentityFault, type SignatureDetail, SignatureError } from './sigv4-error.ts';
export { type SigningContext, sha256, signingContext } from './sigv4-key.ts';
export { payloadLine, payloadMismatch, type SignedPayload, signedPayload } from './sigv4-payload.ts';
export {
  checkClaims,
  checkSignature,
  MISMATCH,
  type SignatureRules,
  type SignedRequest,
  sameSignature,
} from './sigv4-verify.ts';
export { ProtocolError, type WireError } from './wire-error.ts';
export { escapeXml } from './xml-writer.ts';
