/** Carries TCP connections of programs that have none of our preloads to the environment's own socket. */
import { connect, type Socket } from 'node:net';
import { splice } from '../egress/splice.ts';
import type { Answer } from '../egress/wire.ts';

/** To the socket itself: HTTP, that is the Runtime API and its neighbours. */
export function relayToSocket(near: Socket, socketPath: string): void {
  near.on('error', () => near.destroy());
  const far = connect({ path: socketPath, allowHalfOpen: true });
  far.on('error', () => near.destroy());
  splice(near, far);
}

/**
 * To wherever the egress lets `host:port` lead, asked in the words a preload would use (`egress/wire.ts`). What must
 * hang hangs; what is refused is closed, for it is connected already.
 */
export function relayThroughEgress(near: Socket, socketPath: string, host: string, port: number): void {
  near.pause();
  near.on('error', () => near.destroy());
  const control = connect({ path: socketPath, allowHalfOpen: true });
  near.once('close', () => control.destroy());
  control.on('error', () => near.destroy());
  control.setEncoding('utf8');
  let text = '';
  control.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end === -1) return;
    control.removeAllListeners('data');
    const answer = JSON.parse(text.slice(0, end)) as Extract<Answer, { go: string }>;
    if (answer.go === 'hang') return;
    if (answer.go !== 'through' || answer.ticket === undefined) {
      near.destroy();
      return;
    }
    const far = connect({ path: socketPath, allowHalfOpen: true });
    far.on('error', () => near.destroy());
    far.write(`#${answer.ticket}`);
    splice(near, far);
  });
  control.write(`${JSON.stringify({ id: 1, ask: 'connect', host, port })}\n`);
}
