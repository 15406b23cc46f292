/**
 * The first door, for whatever is signed: is the signature right, and whose is it? Shared by the AWS endpoint and by
 * function URLs. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
import { type AccountPrincipal, type Caller, isOfAccount, type Principal } from '../../kernel/caller.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Identities } from '../../kernel/identity.ts';
import { OWN_LOG, type Telemetry } from '../../kernel/telemetry.ts';
import {
  type Authorization,
  checkClaims,
  checkSignature,
  chunkVerifier,
  isNormal,
  MISMATCH,
  payloadLine,
  SignatureError,
  type SignedPayload,
  type SignedRequest,
  type SigningContext,
  sha256,
  signedPayload,
} from '../../protocols/index.ts';
import type { PayloadCheck } from './request-body.ts';

export interface AuthenticatorDependencies {
  readonly identities: Identities;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly region: string;
  /**
   * ms since 1970, by the clocks that requests are dated by. Default: this machine's, since those who sign run on it and
   * have no other.
   */
  readonly now?: () => number;
}

export interface SignedMessage {
  readonly request: SignedRequest;
  readonly authorization: Authorization;
  /** What the credential scope has to name, e.g. `secretsmanager`. */
  readonly service: string;
  /** Of the function the request comes from, if it comes from one. */
  readonly environmentId: string | undefined;
  /** As it came, before any coding of it is taken off; asked for only where the request does not state its hash. */
  readonly rawBody: () => Promise<Uint8Array>;
}

export interface Signer {
  readonly caller: Extract<Caller, { kind: 'client' | 'environment' }>;
  readonly principal: AccountPrincipal;
  /** What the body has still to prove. */
  readonly payload: PayloadCheck;
}

/**
 * Throws (or rejects with) SignatureError and IdentityError. A promise only where the body has to be read first.
 *
 * Of keys that were not issued here nobody knows the secret: of their signatures everything else is checked.
 */
export type Authenticate = (message: SignedMessage) => Signer | Promise<Signer>;

/** Their requests may be too large to be read twice: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html */
const S3_FAMILY: ReadonlySet<string> = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);

/** They are in one Region for all the others, and clients sign for that one. */
const GLOBAL: ReadonlySet<string> = new Set(['iam', 'sts', 'cloudfront', 'route53', 'organizations']);
const GLOBAL_REGION = 'us-east-1';

export function createAuthenticator(dependencies: AuthenticatorDependencies): Authenticate {
  const { identities, region, now = Date.now } = dependencies;
  const tellOfStrangeKey = createStrangeKeyLog(dependencies);

  function authenticate(message: SignedMessage): Signer | Promise<Signer> {
    const { request, authorization, service, environmentId } = message;
    const { accessKeyId, sessionToken, scope } = authorization;
    const anywhere = GLOBAL.has(service) && scope.region === GLOBAL_REGION;
    const ofS3 = S3_FAMILY.has(service);
    const rules = { now: now(), region: anywhere ? GLOBAL_REGION : region, service };
    const date = checkClaims(request, authorization, rules);
    if (!ofS3 && !isNormal(request.path)) throw new SignatureError('mismatch', MISMATCH);
    const caller = { ...callerOf(environmentId, authorization.presigned), accessKeyId, sessionToken };
    const { principal } = identities.identify(caller);
    if (!isOfAccount(principal)) throw new TypeError(`${principal.kind} does not sign requests`);
    const owner = identities.ownerOf(accessKeyId);
    const payload = signedPayload(request, authorization, ofS3);

    const compare = (line: string): Signer => {
      const path = ofS3 ? 'encoded-once' : 'normalized';
      const context = owner && checkSignature(request, authorization, date, owner.secretAccessKey, line, path);
      if (owner && environmentId !== undefined) tellOfStrangeKey(accessKeyId, owner.principal, principal, message);
      return { caller, principal, payload: checkOf(payload, authorization, context) };
    };
    if (payload.kind !== 'computed') return compare(payloadLine(payload));
    return message.rawBody().then((body) => compare(sha256(body)));
  }

  return authenticate;
}

function callerOf(environmentId: string | undefined, presigned: boolean) {
  if (environmentId === undefined) return { kind: 'client' } as const;
  return presigned
    ? ({ kind: 'environment', environmentId, presigned } as const)
    : ({ kind: 'environment', environmentId } as const);
}

/** @param context absent where the secret is not known */
function checkOf(
  payload: SignedPayload,
  { signature }: Authorization,
  context: SigningContext | undefined,
): PayloadCheck {
  switch (payload.kind) {
    case 'stated':
      return payload;
    case 'computed':
    case 'unsigned':
      return { kind: 'none' };
    case 'chunks': {
      const verifier = context && payload.signed ? chunkVerifier(context, signature, payload.trailer) : undefined;
      return { kind: 'chunks', verifier };
    }
  }
}

/** A function that signs with a key of another role stays itself, since its socket says who it is: the log says so once. */
function createStrangeKeyLog({ telemetry, clock }: AuthenticatorDependencies) {
  const told = new Set<string>();
  const most = 1_000;

  return (
    accessKeyId: string,
    owner: Principal,
    actual: Principal,
    { service, environmentId }: SignedMessage,
  ): void => {
    if (owner.kind !== 'role-session' || actual.kind !== 'role-session' || owner.roleArn === actual.roleArn) return;
    const name = `${environmentId} ${accessKeyId}`;
    if (told.has(name) || told.size >= most) return;
    told.add(name);
    const message = `environment ${environmentId} signed a request to ${service} with a key of ${owner.roleArn} that was not issued to it: it is and stays ${actual.roleArn}`;
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  };
}
