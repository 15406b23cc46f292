/** What only S3 calls as it does, and tells in full. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import type { IdentityFault, SignatureDetail } from './sigv4-error.ts';
import type { WireError } from './wire-error.ts';

interface Said {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly members?: Readonly<Record<string, string | undefined>>;
}

export function inWordsOfS3(fault: IdentityFault, error: WireError): WireError {
  const { code, status, message, members = {} } = say(fault, error.detail ?? {}, error.message);
  const told = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  return { code, message, statusCode: status, fault: 'client', members: told, headers: error.headers };
}

function say(fault: IdentityFault, detail: SignatureDetail, sentence: string): Said {
  switch (fault) {
    case 'missing':
      return { code: 'AccessDenied', status: 403, message: 'Access Denied' };
    case 'incomplete':
      return malformed(detail, sentence);
    case 'twice':
      return {
        code: 'InvalidArgument',
        status: 400,
        message:
          'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      };
    case 'algorithm':
      return { code: 'InvalidRequest', status: 400, message: sentence };
    case 'unknown-key':
      return {
        code: 'InvalidAccessKeyId',
        status: 403,
        message: 'The AWS Access Key Id you provided does not exist in our records.',
        members: { AWSAccessKeyId: detail.accessKeyId },
      };
    case 'invalid-token':
      return {
        code: 'InvalidToken',
        status: 400,
        message: 'The provided token is malformed or otherwise invalid.',
      };
    case 'expired-token':
      return { code: 'ExpiredToken', status: 400, message: 'The provided token has expired.' };
    case 'skewed':
      return skewed(detail);
    case 'not-yet-current':
      return detail.presigned
        ? { code: 'AccessDenied', status: 403, message: 'Request is not yet valid' }
        : skewed(detail);
    case 'presigned-expired':
      return presignedExpired(detail);
    case 'presigned-lifetime':
      return {
        code: 'AuthorizationQueryParametersError',
        status: 400,
        message:
          (detail.expires ?? 0) > 604_800
            ? 'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds'
            : 'X-Amz-Expires should be a number',
      };
    case 'scope':
      return wrongScope(detail, sentence);
    case 'unsigned-header':
      return {
        code: 'AccessDenied',
        status: 403,
        message: 'There were headers present in the request which were not signed',
        members: { HeadersNotSigned: detail.unsignedHeaders?.join(', ') },
      };
    case 'payload':
      return {
        code: 'XAmzContentSHA256Mismatch',
        status: 400,
        message: sentence,
        members: { ClientComputedContentSHA256: detail.claimedHash, S3ComputedContentSHA256: detail.computedHash },
      };
    case 'unsigned-payload':
      return { code: 'InvalidRequest', status: 400, message: sentence };
    case 'mismatch':
      return mismatch(detail);
  }
}

function malformed({ presigned }: SignatureDetail, sentence: string): Said {
  return presigned
    ? { code: 'AuthorizationQueryParametersError', status: 400, message: sentence }
    : {
        code: 'AuthorizationHeaderMalformed',
        status: 400,
        message: `The authorization header is malformed; ${sentence}`,
      };
}

function wrongScope(detail: SignatureDetail, sentence: string): Said {
  const { region, expectedRegion, presigned } = detail;
  if (region === expectedRegion) return malformed(detail, sentence);
  const wrong = `the region '${region}' is wrong; expecting '${expectedRegion}'`;
  const said = malformed(detail, presigned ? `Error parsing the X-Amz-Credential parameter; ${wrong}` : wrong);
  return { ...said, members: { Region: expectedRegion } };
}

function skewed({ signedAt, now }: SignatureDetail): Said {
  return {
    code: 'RequestTimeTooSkewed',
    status: 403,
    message: 'The difference between the request time and the current time is too large.',
    members: { RequestTime: basic(signedAt), ServerTime: extended(now), MaxAllowedSkewMilliseconds: '900000' },
  };
}

function presignedExpired({ signedAt, now, expires }: SignatureDetail): Said {
  return {
    code: 'AccessDenied',
    status: 403,
    message: 'Request has expired',
    members: {
      'X-Amz-Expires': expires === undefined ? undefined : String(expires),
      Expires: signedAt === undefined || expires === undefined ? undefined : extended(signedAt + 1000 * expires),
      ServerTime: extended(now),
    },
  };
}

function mismatch({ accessKeyId, signature, stringToSign, canonicalRequest }: SignatureDetail): Said {
  const canonical = canonicalRequest && withoutToken(canonicalRequest);
  return {
    code: 'SignatureDoesNotMatch',
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    members: {
      AWSAccessKeyId: accessKeyId,
      StringToSign: stringToSign,
      SignatureProvided: signature,
      StringToSignBytes: bytesOf(stringToSign),
      CanonicalRequest: canonical,
      CanonicalRequestBytes: bytesOf(canonical),
    },
  };
}

/** S3 repeats the session token here; what a program prints of its errors then has it in its log. */
function withoutToken(canonicalRequest: string): string {
  return canonicalRequest
    .replace(/^(x-amz-security-token:).*$/m, '$1…')
    .replace(/(X-Amz-Security-Token=)[^&\n]*/, '$1…');
}

function bytesOf(text: string | undefined): string | undefined {
  return text === undefined
    ? undefined
    : Buffer.from(text)
        .toString('hex')
        .replace(/..(?!$)/g, '$& ');
}

function extended(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString().replace(/\.\d{3}/, '');
}

function basic(instant: number | undefined): string | undefined {
  return extended(instant)?.replace(/[-:]/g, '');
}
