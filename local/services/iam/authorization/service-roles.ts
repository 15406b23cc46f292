/** Services in roles they were given: whether the role's trust policy lets the service have it. */
import type { Decision } from '../../../policy/iam/contract.ts';
import type { Evidence } from './evidence.ts';
import type { PolicyBook } from './role-policies.ts';

/** A service that wants a role, and for what. */
export interface ServiceClaim {
  readonly roleArn: string;
  /** e.g. `lambda.amazonaws.com` */
  readonly service: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

export interface TrustFinding {
  readonly decision: Decision;
  readonly evidence: Evidence;
}

export type TrustOf = (claim: ServiceClaim) => TrustFinding;

export function createTrust(options: {
  readonly book: PolicyBook;
  readonly revision: () => number;
  readonly accountId: string;
  readonly decide: (request: Evidence['request'], policies: Evidence['policies']) => Decision;
}): TrustOf {
  const { book, revision, accountId, decide } = options;
  const known = new Map<string, TrustFinding>();
  let current = revision();

  function find({ roleArn, service, sourceArn, sourceAccount }: ServiceClaim): TrustFinding {
    const role = book.ofRole(roleArn);
    const evidence: Evidence = {
      request: {
        requester: { kind: 'service', service },
        action: 'sts:AssumeRole',
        resource: roleArn,
        resourceAccountId: accountId,
        keys: {
          'aws:principalisawsservice': 'true',
          'aws:principalservicename': service,
          ...(sourceArn !== undefined && { 'aws:sourcearn': sourceArn }),
          'aws:sourceaccount': sourceAccount ?? accountId,
        },
      },
      policies: { identity: [], resource: role && [role.trust] },
      ...(role && { role }),
    };
    if (!role) {
      const because = `there is no role ${roleArn}`;
      return { decision: { kind: 'denied', explicit: false, by: 'trust', because }, evidence };
    }
    return { decision: decide(evidence.request, evidence.policies), evidence };
  }

  return (claim) => {
    const now = revision();
    if (now !== current || known.size >= MOST) {
      known.clear();
      current = now;
    }
    const key = `${claim.roleArn} ${claim.service} ${claim.sourceArn} ${claim.sourceAccount}`;
    let finding = known.get(key);
    if (!finding) {
      finding = find(claim);
      known.set(key, finding);
    }
    return finding;
  };
}

const MOST = 1_000;
