/**
 * Signs what is sent, with a key of this cloud's own whose certificate the AWS endpoint hands out.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
import { createHash, createPrivateKey, generateKeyPair, type KeyObject, sign as signWith } from 'node:crypto';
import { promisify } from 'node:util';
import type { ServiceContext } from '../../kernel/service.ts';
import { selfSignedRsaCertificate } from '../../kernel/x509.ts';

export interface Signature {
  /** Base64. */
  readonly signature: string;
  readonly certificateUrl: string;
}

export interface Signer {
  /** `fields` by the names they have in the message; those that count are picked, in their order. */
  sign(fields: Readonly<Record<string, string | undefined>>, version: '1' | '2'): Promise<Signature>;
  /** PEM, of the certificate with that file name; undefined when there is none. */
  certificate(fileName: string): Promise<string | undefined>;
}

interface Pair {
  readonly key: KeyObject;
  readonly certificate: string;
  readonly fileName: string;
}

const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

const DIGESTS = { '1': 'sha1', '2': 'sha256' } as const;

const DAY_MS = 86_400_000;
const TEN_YEARS_MS = 3_650 * DAY_MS;

/** Messages to many subscribers are signed once for all of them. */
const MOST_KEPT = 200;

type Context = Pick<ServiceContext, 'store' | 'clock' | 'region'>;

export function createSigner(context: Context, endpointUrl: () => string): Signer {
  const kept = new Map<string, Promise<string>>();
  let pair: Promise<Pair> | undefined;

  const getPair = (): Promise<Pair> => {
    pair ??= openPair(context);
    return pair;
  };

  function signed(text: string, version: '1' | '2'): Promise<string> {
    const name = `${version}\n${text}`;
    let signature = kept.get(name);
    if (!signature) {
      signature = getPair().then(({ key }) => signWithKey(DIGESTS[version], text, key));
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(name, signature);
    }
    return signature;
  }

  return {
    async sign(fields, version) {
      const { fileName } = await getPair();
      return {
        signature: await signed(stringToSign(fields), version),
        certificateUrl: `${endpointUrl()}/${fileName}`,
      };
    },
    async certificate(name) {
      const { certificate, fileName } = await getPair();
      return name === fileName ? certificate : undefined;
    },
  };
}

export function stringToSign(fields: Readonly<Record<string, string | undefined>>): string {
  const names = fields['Type'] === 'Notification' ? NOTIFICATION : CONFIRMATION;
  return names.flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`])).join('');
}

/** On a thread of its own: a signature takes half a millisecond. */
function signWithKey(digest: string, text: string, key: KeyObject): Promise<string> {
  return new Promise((resolve, reject) => {
    signWith(digest, Buffer.from(text), key, (error, signature) =>
      error ? reject(error) : resolve(signature.toString('base64')),
    );
  });
}

interface StoredPair {
  readonly key: string;
  readonly certificate: string;
}

const makeKeys = promisify(generateKeyPair);

/** Made once, and kept: what was signed before a restart can be verified after it. */
async function openPair({ store, clock, region }: Context): Promise<Pair> {
  const pairs = store.collection<StoredPair>('sns', 'signing');
  let stored = pairs.get('pair');
  if (!stored) {
    const { privateKey, publicKey } = await makeKeys('rsa', { modulusLength: 2048 });
    stored = {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      certificate: selfSignedRsaCertificate(
        { privateKey, publicKey },
        {
          commonName: `sns.${region}.amazonaws.com`,
          notBefore: clock.now() - DAY_MS,
          notAfter: clock.now() + TEN_YEARS_MS,
        },
      ),
    };
    pairs.put('pair', stored);
  }
  const digest = createHash('md5').update(stored.certificate).digest('hex');
  return {
    key: createPrivateKey(stored.key),
    certificate: stored.certificate,
    fileName: `SimpleNotificationService-${digest}.pem`,
  };
}
