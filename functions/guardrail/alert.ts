/** What people are told of a change that was put back. */
import type { Change } from './change.ts';
import type { Part } from './protection.ts';

export interface Alert {
  /** One line of ASCII, as e-mail wants it. */
  readonly subject: string;
  readonly text: string;
}

export function alertOf({ id, bucket, call, who, from, at }: Change, changed: readonly Part[]): Alert {
  return {
    subject: 'Help desk: the protection of a bucket was changed',
    text: `Somebody changed what protects the bucket ${bucket}, and it has been put back.

Changed: ${changed.join(', ')}
Call:    ${call}, ${at}
By:      ${who}
From:    ${from}
Event:   ${id} (CloudTrail)

What to do: docs/runbooks/bucket-changed.md
`,
  };
}
