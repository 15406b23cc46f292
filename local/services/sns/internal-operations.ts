/** What other parts of the local cloud ask for, and no API of AWS has. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { CallContext, Operation } from '../../kernel/service.ts';
import type { MailboxMessage } from './mailbox.ts';
import type { Operations, Room } from './room.ts';

export function internalOperations({ mailbox, signer }: Room): Operations {
  /** For callers in here alone: to everybody else there is no such operation. */
  const internal = <I, O>(name: string, handle: (input: I) => O | Promise<O>): Operation<I, O> => ({
    requires(_input, { principal }: CallContext) {
      if (principal.kind === 'internal') return [];
      throw new AwsError('UnknownOperationException', `The operation ${name} of sns is not emulated here`);
    },
    handle: (input) => handle(input),
  });

  return {
    /** Mails and text messages, oldest first. */
    ListMessages: internal(
      'ListMessages',
      ({ TopicArn }: { TopicArn?: string }): { Messages: readonly MailboxMessage[] } => ({
        Messages: mailbox.list(({ topicArn }) => TopicArn === undefined || topicArn === TopicArn),
      }),
    ),

    /** PEM, of what messages are signed with; absent where the file has another name. */
    GetSigningCertificate: internal('GetSigningCertificate', async ({ FileName }: { FileName: string }) => ({
      Certificate: await signer.certificate(FileName),
    })),
  };
}
