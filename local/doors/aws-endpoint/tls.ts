/** TLS for AWS's host names, spoken here instead of there. */
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { CertificateAuthority } from '../../kernel/certificates.ts';

/** Wraps a connection; the certificate is for the name the client asks for. */
export function createTlsTerminator(certificates: Pick<CertificateAuthority, 'issue'>): (socket: Duplex) => TLSSocket {
  const contexts = new Map<string, Promise<SecureContext>>();

  function contextFor(hostname: string): Promise<SecureContext> {
    let context = contexts.get(hostname);
    if (!context) {
      context = certificates.issue({ hostnames: [hostname] }).then(createSecureContext);
      context.catch(() => contexts.delete(hostname));
      contexts.set(hostname, context);
    }
    return context;
  }

  return (socket) => {
    const secure = new TLSSocket(socket, {
      isServer: true,
      ALPNProtocols: ['h2', 'http/1.1'],
      SNICallback: (hostname, answer) => {
        contextFor(hostname.toLowerCase()).then(
          (context) => answer(null, context),
          (error) => answer(error as Error),
        );
      },
    });
    // A client that goes away during the handshake is no news; HTTP has not begun to listen for errors then.
    secure.on('error', () => secure.destroy());
    return secure;
  };
}
