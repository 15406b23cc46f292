/** Whether a policy lets everybody in: what BlockPublicPolicy refuses. Pure. */
import {
  isPublic as isPublicWithin,
  LIMITING_KEYS,
  LIMITING_OPERATORS,
  type PolicyDocument,
} from '../../policy/iam/index.ts';

const LIMITS = {
  keys: new Set([...LIMITING_KEYS, 'aws:vpcsourceip', 'kms:calleraccount']),
  operators: new Set(LIMITING_OPERATORS),
  /** Of all addresses. */
  wideRange: /^(0\.0\.0\.0|::)\/0$/,
};

export const isPublic = (document: PolicyDocument): boolean => isPublicWithin(document, LIMITS);
