/**
 * Who changed what, as CloudTrail's record of the call tells it over EventBridge.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */

/**
 * `deployment`: CloudFormation, in whose calls AWS itself writes that it made them. `guardrail`: this function's own role.
 */
export type By = 'deployment' | 'guardrail' | 'somebody';

export interface Change {
  /** CloudTrail's id of the event: the same however often it is delivered. */
  readonly id: string;
  readonly bucket: string;
  /** e.g. `PutBucketPolicy` */
  readonly call: string;
  readonly by: By;
  /** For people: an ARN, as far as there is one, and where it came from. */
  readonly who: string;
  readonly from: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/**
 * @param body a message of the queue: the event as EventBridge tells it
 * @throws Error when it is no record of a call on a bucket
 */
export function changeFrom(body: string, ownRole: string): Change {
  const { detail } = JSON.parse(body) as { readonly detail?: Partial<CallRecord> };
  const { eventID, eventName, eventTime, requestParameters, userIdentity = {}, sourceIPAddress = '' } = detail ?? {};
  const bucket = requestParameters?.bucketName;
  if (!eventID || !eventName || !bucket) throw new Error('This is no record of a call on a bucket');
  return {
    id: eventID,
    bucket,
    call: eventName,
    by: byWhom(userIdentity, ownRole),
    who: userIdentity.arn ?? userIdentity.invokedBy ?? userIdentity.principalId ?? userIdentity.type ?? 'unknown',
    from: sourceIPAddress,
    at: eventTime ?? '',
  };
}

interface CallRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventTime: string;
  readonly sourceIPAddress: string;
  readonly requestParameters: { readonly bucketName?: string } | null;
  readonly userIdentity: UserIdentity;
}

interface UserIdentity {
  readonly type?: string;
  readonly arn?: string;
  readonly principalId?: string;
  readonly invokedBy?: string;
  readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } };
}

function byWhom({ invokedBy, sessionContext }: UserIdentity, ownRole: string): By {
  if (invokedBy === 'cloudformation.amazonaws.com') return 'deployment';
  return sessionContext?.sessionIssuer?.arn === ownRole ? 'guardrail' : 'somebody';
}
