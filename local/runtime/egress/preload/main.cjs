/**
 * Runs inside every Node process and worker of an execution environment, before anything else: sees to it that what
 * the program connects to, looks up and sends is asked of the supervisor first (`../wire.ts` is what they say).
 *
 * It holds on at the lowest place Node has, its native handles, because that is reached from `net`, `tls`, `http`,
 * `http2`, `fetch`, `dns` and `dgram` alike, from `require` and from `import`, and because those modules then need
 * not be loaded here. Only `net.Socket.prototype.connect` is taken one floor higher, when `net` is loaded: the answer
 * may be another kind of handle. Written for Node 22 and 24; a Node without one of these places is refused, loudly.
 *
 * Shipped as one file: every further one would cost each start a fraction of a millisecond.
 */
'use strict';

const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { holdChildren } = require('./children.cjs');
const { holdConnections } = require('./connections.cjs');
const { holdDatagrams } = require('./datagrams.cjs');
const { holdNames } = require('./names.cjs');
const { openQuestions } = require('./questions.cjs');
const { hideArguments, holdWorkers } = require('./workers.cjs');

const SOCKET_VARIABLE = 'SAMPAN_EGRESS_SOCKET';

const socketPath = findSocket();
if (socketPath) {
  const questions = openQuestions(socketPath);
  holdConnections(questions, socketPath);
  holdNames(questions);
  holdDatagrams(questions);
  const handedDown = { [SOCKET_VARIABLE]: socketPath };
  holdChildren(questions, handedDown, __filename);
  holdWorkers(handedDown, __filename);
  hideArguments(dirname(__filename));
}

/**
 * The first process is told where its socket is (the runtime client's preload takes that variable away after us), a
 * child by a variable of our own. A worker has a copy of the environment variables without either: there it is known
 * from the sandbox's layout.
 */
function findSocket() {
  const told = process.env[SOCKET_VARIABLE] ?? process.env.SAMPAN_ENVIRONMENT_SOCKET;
  delete process.env[SOCKET_VARIABLE];
  if (told) return told;
  const places = ['/run/environment/socket'];
  if (process.env.TMPDIR) places.push(join(dirname(process.env.TMPDIR), 'run', 'socket'));
  return places.find((place) => existsSync(place));
}
