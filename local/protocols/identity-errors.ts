/**
 * How each kind of service says that it does not know who is asking: one fault, many names. Statuses and sentences as
 * the services answer; they are documented by halves only:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html,
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
import type { ProtocolName } from './protocol.ts';
import { inWordsOfS3 } from './s3-identity-errors.ts';
import type { IdentityFault } from './sigv4-error.ts';
import type { WireError } from './wire-error.ts';

/** Code and status, and the sentence where the service has another than the one that is thrown. */
type Words = readonly [code: string, status: number, message?: string];

type Vocabulary = Readonly<Record<IdentityFault, Words>>;

const SIGNATURE = [
  'twice',
  'skewed',
  'not-yet-current',
  'presigned-expired',
  'scope',
  'unsigned-header',
  'payload',
  'unsigned-payload',
  'mismatch',
] as const;
const INCOMPLETE = ['incomplete', 'algorithm', 'presigned-lifetime'] as const;
const CREDENTIALS = ['unknown-key', 'invalid-token'] as const;

/** STS, IAM, SNS, CloudFormation … and, before it spoke JSON, SQS; CloudFront and Route 53 say the same in REST. */
const QUERY: Vocabulary = {
  ...all(SIGNATURE, ['SignatureDoesNotMatch', 403]),
  ...all(INCOMPLETE, ['IncompleteSignature', 400]),
  ...all(CREDENTIALS, ['InvalidClientTokenId', 403]),
  missing: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
  'expired-token': ['ExpiredToken', 403],
};

const NOT_VALIDATED = 'AWS was not able to validate the provided access credentials';

const EC2: Vocabulary = {
  ...all(SIGNATURE, ['AuthFailure', 401, NOT_VALIDATED]),
  ...all(INCOMPLETE, ['IncompleteSignature', 400]),
  ...all(CREDENTIALS, ['AuthFailure', 401, NOT_VALIDATED]),
  ...all(
    ['skewed', 'not-yet-current', 'presigned-expired', 'expired-token'],
    ['RequestExpired', 400, 'Request has expired.'],
  ),
  missing: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
};

/** Over JSON and CBOR, all with 400. */
const RPC: Vocabulary = {
  ...all(SIGNATURE, ['InvalidSignatureException', 400]),
  ...all(INCOMPLETE, ['IncompleteSignatureException', 400]),
  ...all(CREDENTIALS, ['UnrecognizedClientException', 400]),
  missing: ['MissingAuthenticationTokenException', 400, 'Request is missing Authentication Token'],
  'expired-token': ['ExpiredTokenException', 400],
};

/** Lambda, API Gateway …, all with 403. */
const REST_JSON: Vocabulary = {
  ...all(SIGNATURE, ['InvalidSignatureException', 403]),
  ...all(INCOMPLETE, ['IncompleteSignatureException', 403]),
  ...all(CREDENTIALS, ['UnrecognizedClientException', 403]),
  missing: ['MissingAuthenticationTokenException', 403, 'Missing Authentication Token'],
  'expired-token': ['ExpiredTokenException', 403],
};

const VOCABULARIES: Readonly<Record<ProtocolName, Vocabulary>> = {
  query: QUERY,
  'ec2-query': EC2,
  'json-1.0': RPC,
  'json-1.1': RPC,
  'rpc-v2-cbor': RPC,
  'rpc-v2-json': RPC,
  'rest-json': REST_JSON,
  'rest-xml': QUERY,
};

export interface Speaker {
  readonly protocol: ProtocolName;
  /** e.g. `s3`, which has words of its own. */
  readonly service?: string;
  /** The client asked for the codes of the query protocol that this service spoke before. */
  readonly queryCompatible?: boolean;
}

/** The same refusal as this service says it; every other error as it is. */
export function inWordsOf({ protocol, service, queryCompatible }: Speaker, error: WireError): WireError {
  const fault = error.identityFault;
  if (fault === undefined) return error;
  if (service === 's3') return inWordsOfS3(fault, error);
  const [code, statusCode, message = error.message] = VOCABULARIES[protocol][fault];
  const headers: Record<string, string> = queryCompatible ? { 'x-amzn-query-error': `${QUERY[fault][0]};Sender` } : {};
  return { code, message, statusCode, fault: 'client', members: {}, headers: { ...error.headers, ...headers } };
}

function all<F extends IdentityFault>(faults: readonly F[], words: Words): Record<F, Words> {
  return Object.fromEntries(faults.map((fault) => [fault, words])) as Record<F, Words>;
}
