/** What narrows a session below its role. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session */
import type { RoleSession } from '../../../kernel/identity.ts';
import type { Policy } from '../../../policy/iam/contract.ts';
import { readPolicy } from '../../../policy/iam/document.ts';
import type { PolicyBook } from './role-policies.ts';

/** Undefined for a session that was not narrowed. A policy that is no longer there permits nothing. */
export type SessionPolicies = (session: RoleSession) => readonly Policy[] | undefined;

const MOST = 1_000;

export function createSessionPolicies(book: PolicyBook): SessionPolicies {
  /** By text: the evaluator keeps what it made of a document with that document. */
  const read = new Map<string, Policy>();

  function inlinePolicy(text: string): Policy {
    let policy = read.get(text);
    if (!policy) {
      if (read.size >= MOST) read.clear();
      policy = {
        document: readPolicy(text, 'identity'),
        source: { kind: 'session', name: 'the policy given to AssumeRole' },
      };
      read.set(text, policy);
    }
    return policy;
  }

  return ({ sessionPolicies }) => {
    if (!sessionPolicies) return undefined;
    const { inline, arns = [] } = sessionPolicies;
    return [
      ...(inline === undefined ? [] : [inlinePolicy(inline)]),
      ...arns.flatMap((arn) => book.managed(arn, 'session') ?? []),
    ];
  };
}
