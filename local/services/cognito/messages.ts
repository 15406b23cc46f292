/** Writes codes to users, in the words of the pool or of its custom message trigger. */
import type { CodeDeliveryDetailsType } from '@aws-sdk/client-cognito-identity-provider';
import type { CodePurpose, Codes } from './codes.ts';
import type { Mailbox } from './mailbox.ts';
import type { Pool, User } from './records.ts';
import type { MessageTrigger, Triggers } from './triggers.ts';

export type Address = 'email' | 'phone_number';

export interface Letter {
  readonly pool: Pool;
  readonly user: User;
  /** Where to, and where that is written of the user; `value` where it is not his attribute yet. */
  readonly to: Address;
  readonly value?: string;
  readonly source: MessageTrigger;
  readonly clientId?: string;
  readonly clientMetadata?: Readonly<Record<string, string>>;
}

export interface CodeLetter extends Letter {
  readonly purpose: CodePurpose;
}

export interface Messenger {
  /** Sends a new code; what the caller is told of it does not show the whole address. */
  sendCode(letter: CodeLetter): Promise<CodeDeliveryDetailsType>;
  /** Writes a new code down at once, in the caller's transaction; what it returns sends it. */
  prepareCode(letter: CodeLetter): () => Promise<CodeDeliveryDetailsType>;
  /** Sends a temporary password. */
  invite(letter: Omit<Letter, 'source'> & { readonly password: string }): Promise<CodeDeliveryDetailsType>;
}

interface Texts {
  readonly sms: string;
  readonly mail: string;
  readonly subject: string;
}

export function createMessenger(parts: {
  readonly triggers: Triggers;
  readonly mailbox: Mailbox;
  readonly codes: Codes;
}): Messenger {
  const { triggers, mailbox, codes } = parts;

  async function send(letter: Letter, code: string, texts: Texts): Promise<CodeDeliveryDetailsType> {
    const { pool, user, to, source, clientId, clientMetadata } = letter;
    const custom = await triggers.customMessage({ pool, user, source, clientId, clientMetadata });
    const destination = letter.value ?? user.attributes[to] ?? '';
    const filled = (text: string) =>
      text
        .replace(/\{##(.*?)##\}/g, (_, words: string) => (words.trim() ? `${words.trim()} ${code}` : code))
        .replaceAll('{####}', code)
        .replaceAll('{username}', user.username);
    const isMail = to === 'email';
    mailbox.deliver({
      poolId: pool.id,
      username: user.username,
      medium: isMail ? 'EMAIL' : 'SMS',
      destination,
      ...(isMail && { subject: filled(custom.emailSubject ?? texts.subject) }),
      body: filled(isMail ? (custom.emailMessage ?? texts.mail) : (custom.smsMessage ?? texts.sms)),
      source,
      code,
    });
    return {
      Destination: masked(to, destination),
      DeliveryMedium: isMail ? 'EMAIL' : 'SMS',
      AttributeName: to,
    };
  }

  function prepareCode(letter: CodeLetter): () => Promise<CodeDeliveryDetailsType> {
    const { pool, user, purpose, to } = letter;
    const code = codes.issue(user, purpose, { to, value: letter.value ?? user.attributes[to] ?? '' });
    return () => send(letter, code, purpose === 'mfa' ? factorTexts(pool) : verificationTexts(pool));
  }

  return {
    prepareCode,
    sendCode: (letter) => prepareCode(letter)(),
    invite: ({ password, ...letter }) =>
      send({ ...letter, source: 'CustomMessage_AdminCreateUser' }, password, invitationTexts(letter.pool)),
  };
}

function verificationTexts({ settings }: Pool): Texts {
  const template = settings.VerificationMessageTemplate;
  const text = 'Your verification code is {####}. ';
  const sms = template?.SmsMessage ?? settings.SmsVerificationMessage ?? text;
  if (template?.DefaultEmailOption === 'CONFIRM_WITH_LINK') {
    const mail =
      template.EmailMessageByLink ?? 'Please click the link below to verify your email address. {##Verify Email##}';
    return { sms, mail, subject: template.EmailSubjectByLink ?? 'Your verification link' };
  }
  return {
    sms,
    mail: template?.EmailMessage ?? settings.EmailVerificationMessage ?? text,
    subject: template?.EmailSubject ?? settings.EmailVerificationSubject ?? 'Your verification code',
  };
}

function factorTexts({ settings }: Pool): Texts {
  const text = 'Your authentication code is {####}. ';
  return { sms: settings.SmsAuthenticationMessage ?? text, mail: text, subject: 'Your sign-in code' };
}

function invitationTexts({ settings }: Pool): Texts {
  const template = settings.AdminCreateUserConfig?.InviteMessageTemplate;
  const text = 'Your username is {username} and temporary password is {####}. ';
  return {
    sms: template?.SMSMessage ?? text,
    mail: template?.EmailMessage ?? text,
    subject: template?.EmailSubject ?? 'Your temporary password',
  };
}

/** `ann@example.com` → `a***@e***`, `+15555550100` → `+*******0100`. */
export function masked(kind: Address, value: string): string {
  if (kind === 'phone_number') return `+${'*'.repeat(Math.max(0, value.length - 5))}${value.slice(-4)}`;
  const [name = '', host = ''] = value.split('@');
  return `${name.slice(0, 1)}***@${host.slice(0, 1)}***`;
}
