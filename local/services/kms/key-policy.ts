/** https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html */
import type { GetKeyPolicyRequest, PutKeyPolicyRequest } from '@aws-sdk/client-kms';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Json, Operation } from '../../kernel/service.ts';
import { MalformedPolicy, type PolicyDocument, readPolicy } from '../../policy/iam/document.ts';
import { addStatement, missingResourceStatement } from '../../policy/iam/remedy.ts';
import { compileGlob, matchesGlob } from '../../policy/iam/wildcard.ts';
import { formatRemedy } from '../../policy/remedy.ts';
import { invalidState, malformedPolicy, notAuthorized } from './errors.ts';
import { stateOf } from './key.ts';
import type { OnKey, Room, With } from './room.ts';

const ONLY_NAME = 'default';
const MOST_CHARACTERS = 32_768;

/**
 * Rejects with MalformedPolicyDocumentException for what is no policy, for principals that do not exist, and for a policy
 * that would leave nobody here to change it again.
 */
export async function checkKeyPolicy(room: Room, text: string, bypass = false): Promise<void> {
  if (text.length > MOST_CHARACTERS) throw malformedPolicy('The key policy is longer than 32 KB.');
  const document = parse(text);
  for (const arn of rolesOf(document)) {
    if (!(await roleExists(room, arn))) {
      throw malformedPolicy('Policy contains a statement with one or more invalid principals.');
    }
  }
  if (!bypass && !letsSomebodyChange(document)) throw malformedPolicy(LOCKED_OUT);
}

const LOCKED_OUT = 'The new key policy will not allow you to update the key policy in the future.';

/** For a template whose key policy would lock its account out: the same error, with the statement that is missing. */
export async function advisedOfLockout<T>(logicalId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwsError) || error.message !== LOCKED_OUT) throw error;
    const account = { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } };
    const statement = missingResourceStatement({ action: 'kms:*', resource: '*' }, account);
    const remedy = formatRemedy(addStatement({ logicalId, path: ['KeyPolicy'] }, statement));
    throw new AwsError(error.code, `${error.message}; ${remedy}`, { statusCode: error.statusCode, cause: error });
  }
}

function parse(text: string): PolicyDocument {
  try {
    return readPolicy(JSON.parse(text) as Json, 'resource');
  } catch (error) {
    if (error instanceof MalformedPolicy) throw malformedPolicy(error.message);
    if (error instanceof SyntaxError) throw malformedPolicy('Policy is not valid JSON.');
    throw error;
  }
}

/** Of this account, by ARN: KMS keeps unique ids, and so asks whether they are there. */
function rolesOf({ Statement }: PolicyDocument): ReadonlySet<string> {
  const names = Statement.flatMap(({ Principal, NotPrincipal }) =>
    [Principal, NotPrincipal].flatMap((who) => (typeof who === 'object' ? (who.AWS ?? []) : [])),
  );
  return new Set(names.filter((name) => /^arn:[^:]+:iam::\d{12}:role\//.test(name)));
}

async function roleExists({ dispatch, accountId }: Room, arn: string): Promise<boolean> {
  if (arn.split(':')[4] !== accountId) return true;
  const caller = { kind: 'internal', service: 'kms.amazonaws.com' } as const;
  const input = { RoleName: arn.slice(arn.lastIndexOf('/') + 1) };
  try {
    await dispatch({ caller, service: 'iam', operation: 'GetRole', input });
    return true;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error.code !== 'NoSuchEntity';
  }
}

/**
 * AWS asks whether the one who calls could change the policy again. Who deploys on AWS is not known here: it may be
 * anybody whom the policy lets do it.
 */
function letsSomebodyChange({ Statement }: PolicyDocument): boolean {
  const change = 'kms:putkeypolicy';
  return Statement.some(({ Effect, Principal, NotPrincipal, Action, NotAction }) => {
    if (Effect !== 'Allow') return false;
    const anybody = NotPrincipal !== undefined || Principal === '*' || (Principal?.AWS ?? []).length > 0;
    const named = (Action ?? NotAction ?? []).some((pattern) =>
      matchesGlob(compileGlob(pattern.toLowerCase()), change),
    );
    return anybody && named === (Action !== undefined);
  });
}

export function policyOperations(room: Room): Record<string, Operation> {
  const { keyring, needs } = room;

  const getKeyPolicy: Operation<With<GetKeyPolicyRequest, 'KeyId'>> = {
    requires: (input, call) => [needs.onKey('GetKeyPolicy', input.KeyId, call)],
    handle({ KeyId, PolicyName = ONLY_NAME }) {
      const key = keyring.getByKey(KeyId);
      if (PolicyName !== ONLY_NAME) throw new AwsError('NotFoundException', `No such policy exists`);
      return { Policy: key.policy, PolicyName };
    },
  };

  const putKeyPolicy: Operation<With<PutKeyPolicyRequest, 'KeyId' | 'Policy'>> = {
    requires: (input, call) => [
      needs.onKey('PutKeyPolicy', input.KeyId, call, {
        'kms:BypassPolicyLockoutSafetyCheck': String(input.BypassPolicyLockoutSafetyCheck ?? false),
      }),
    ],
    async handle({ KeyId, Policy, PolicyName = ONLY_NAME, BypassPolicyLockoutSafetyCheck }) {
      const key = keyring.getByKey(KeyId);
      if (key.manager === 'AWS') throw notAuthorized(`${key.arn} is managed by AWS and its policy cannot be changed.`);
      if (stateOf(key) === 'PendingDeletion') throw invalidState(key.arn, 'pending deletion');
      if (PolicyName !== ONLY_NAME) throw new AwsError('NotFoundException', `No such policy exists`);
      await checkKeyPolicy(room, Policy, BypassPolicyLockoutSafetyCheck);
      const { policyPlace, ...others } = keyring.getByKey(KeyId);
      keyring.put({ ...others, policy: Policy });
    },
  };

  const listKeyPolicies: Operation<OnKey> = {
    requires: (input, call) => [needs.onKey('ListKeyPolicies', input.KeyId, call)],
    handle(input) {
      keyring.getByKey(input.KeyId);
      return { PolicyNames: [ONLY_NAME], Truncated: false };
    },
  };

  return { GetKeyPolicy: getKeyPolicy, PutKeyPolicy: putKeyPolicy, ListKeyPolicies: listKeyPolicies };
}
