/** Makes versions of `$LATEST`. https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
import { codeDigest, frozen } from '../packages/code.ts';
import type { FunctionVersion } from '../records.ts';
import type { LambdaRoom } from '../room.ts';

/**
 * Publishes what `$LATEST` is now, its code kept where no later build touches it. Answers the last version when
 * nothing has changed since. Rejects with ResourceNotFoundException.
 */
export async function publishVersion(
  room: LambdaRoom,
  functionName: string,
  description: string | undefined,
): Promise<FunctionVersion> {
  const { functions, code } = room;
  const release = code.hold();
  try {
    for (;;) {
      const before = functions.record(functionName).latest.code;
      const kept = await frozen(before, room);
      // An update may have come while a large package was kept.
      if (codeDigest(functions.record(functionName).latest.code) === codeDigest(before)) {
        return functions.publish(functionName, description, kept);
      }
    }
  } finally {
    release();
  }
}
