/**
 * Methods of authorization type AWS_IAM: who signed the request, and may they invoke the method?
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { type AccountPrincipal, type Caller, isOfAccount } from '../../../kernel/caller.ts';
import type { DenialWording } from '../../../kernel/doors.ts';
import { Refusal } from '../../../kernel/doors.ts';
import type { Operation, Requirement, ServiceContext } from '../../../kernel/service.ts';
import type { GatewayResponseType } from '../gateway-responses.ts';
import type { HttpRequest } from '../request.ts';
import { INVOKE, maskedArn } from './api-policy.ts';
import { refused, type Signer, type Verdict } from './contract.ts';
import type { GateRequest } from './gate.ts';

/** Who a signature says a request is from. */
export interface SignedBy {
  readonly caller: Caller;
  readonly principal: AccountPrincipal;
  readonly accessKeyId: string;
}

/**
 * Checks a signature for `execute-api`. Rejects with an AwsError in the words of services that speak REST and JSON,
 * `MissingAuthenticationTokenException` for a request without one.
 */
export type Authenticate = (request: HttpRequest) => Promise<SignedBy>;

export type AskSigner<R extends GateRequest> = (request: R) => Promise<Verdict>;

export interface SignedGateRequest extends GateRequest {
  readonly request: HttpRequest;
}

/** What the operation below is called with. */
export interface InvokeMethodInput {
  readonly methodArn: string;
  /** Condition keys that the request to the API has. */
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
}

export const INVOKE_METHOD = 'InvokeMethod';

/** No operation of AWS's: a way through the doors for requests to an API. */
export const invokeMethodOperation: Operation<InvokeMethodInput, AccountPrincipal | undefined> = {
  requires: ({ methodArn, keys }) => [{ action: INVOKE, resource: methodArn, context: keys }],
  handle: (_input, { principal }) => (isOfAccount(principal) ? principal : undefined),
};

/** As the kernel says it, with the account masked. */
export function wordInvokeDenial({ action }: Requirement, sentence: string): DenialWording | undefined {
  return action === INVOKE ? { message: sentence.replace(/(?<=on resource: )\S+/, maskedArn) } : undefined;
}

export function createIamAuthorizer<R extends SignedGateRequest>(
  authenticate: Authenticate,
  dispatch: ServiceContext['dispatch'],
): AskSigner<R> {
  return async ({ request, methodArn, keys }) => {
    try {
      const signed = await authenticate(request);
      const input: InvokeMethodInput = { methodArn, keys };
      await dispatch({ caller: signed.caller, service: 'apigateway', operation: INVOKE_METHOD, input });
      return { kind: 'granted', signer: signerOf(signed) };
    } catch (error) {
      if (!(error instanceof AwsError) || error.statusCode >= 500) throw error;
      return refused({
        type: typeOf(error),
        errorType: error.code,
        message: error.message,
        ...(error instanceof Refusal && { execution: error.reason }),
      });
    }
  };
}

const TYPES: Readonly<Record<string, GatewayResponseType>> = {
  MissingAuthenticationTokenException: 'MISSING_AUTHENTICATION_TOKEN',
  ExpiredTokenException: 'EXPIRED_TOKEN',
  AccessDeniedException: 'ACCESS_DENIED',
};

/** Whatever else is wrong is wrong with the signature. */
function typeOf({ code }: AwsError): GatewayResponseType {
  return TYPES[code] ?? 'INVALID_SIGNATURE';
}

function signerOf({ principal, accessKeyId }: SignedBy): Signer {
  const { accountId, userId, arn } = principal;
  return { accessKey: accessKeyId, accountId, caller: userId, user: userId, userArn: arn };
}
