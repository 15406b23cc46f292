/** TCP and TLS connections of the program, and the servers it runs itself. */
'use strict';

const { binding, isLoopback, symbolOf } = require('./node.cjs');
const { connectError } = require('./errors.cjs');
const { holdNet, netModule } = require('./net-module.cjs');
const { openTrust } = require('./trust.cjs');

/** As Linux gives up on a connection nobody answers: 6 repetitions, 127 s. */
const CONNECT_TIMEOUT_MS = 127_000;
const PLACEHOLDER = 'egress.invalid';
const APPEARANCE = ['remoteAddress', 'remotePort', 'remoteFamily'];

function holdConnections({ ask, say, keep, connectBy }, path) {
  const { TCP } = binding('tcp_wrap');
  const { Pipe, constants: pipeConstants } = binding('pipe_wrap');
  const { WriteWrap } = binding('stream_wrap');
  /** Of `net`, once it is loaded; nothing here is reached before. */
  let connectSocket;
  const trust = openTrust();
  // At every level it is behind the environment's own socket.
  const runtimeApi = process.env.AWS_LAMBDA_RUNTIME_API;

  holdNet((native) => {
    connectSocket = native;
    connectBy(native);
    return connect;
  });

  function connect(...args) {
    const [options, listener] = Array.isArray(args[0]) ? args[0] : netModule()._normalizeArgs(args);
    const host = options.host || 'localhost';
    // Of an earlier connection of the same socket.
    for (const name of APPEARANCE) delete this[name];
    if (options.path || options.port === undefined || (isLoopback(host) && listensOn(Number(options.port)))) {
      return connectSocket.apply(this, args);
    }
    // Node does all it does for a connection up to the lookup, which never answers.
    const { localAddress, localPort, ...rest } = options;
    const waiting = { ...rest, host: PLACEHOLDER, lookup: () => {}, autoSelectFamily: false };
    connectSocket.call(this, waiting, listener);
    this._host = host;
    const port = Number(options.port);
    const release = keepWhileConnecting(this);
    const answered = (answer) => {
      if (this.destroyed || !this.connecting) {
        if (answer.ticket) say({ tell: 'abandoned', ticket: answer.ticket });
        release();
      } else go(this, { ...options, host, port }, answer, release);
    };
    if (`${host}:${port}` === runtimeApi) process.nextTick(answered, { go: 'through' });
    else ask({ ask: 'connect', host, port }, answered);
    return this;
  }

  /**
   * A socket that only waits has no handle that is busy, and the process would end: we keep it in its place, unless
   * the program itself said that this socket need not.
   */
  function keepWhileConnecting(socket) {
    const { ref, unref } = socket;
    let letGo = keep();
    socket.ref = function () {
      letGo();
      letGo = keep();
      return ref.call(this);
    };
    socket.unref = function () {
      letGo();
      return unref.call(this);
    };
    const end = () => {
      letGo();
      delete socket.ref;
      delete socket.unref;
      socket.off('close', end);
    };
    socket.on('close', end);
    return end;
  }

  function go(socket, options, answer, release) {
    const { host, port } = options;
    if (answer.go === 'hang') {
      const timer = setTimeout(() => {
        release();
        fail(socket, options, { errno: 'ETIMEDOUT' });
      }, CONNECT_TIMEOUT_MS);
      timer.unref();
      socket.once('close', () => clearTimeout(timer));
      return;
    }
    switch (answer.go) {
      case 'own':
        connectSocket.call(socket, options);
        break;
      case 'world':
        // It is the program's own connection, with all it asked for; only the name has been looked up before.
        connectSocket.call(socket, { ...options, lookup: lookupAmong(answer.addresses) });
        break;
      case 'tcp':
        appear(socket, host, port, answer);
        // An address of the world: the program's own connection.
        if (answer.as === undefined) connectSocket.call(socket, options);
        else connectSocket.call(socket, { host: answer.host, port: answer.port });
        if (answer.ca) trust(socket._handle, answer.ca);
        break;
      case 'through': {
        const raw = replaceHandle(socket);
        appear(socket, host, port, answer);
        if (answer.ca) trust(raw, answer.ca);
        if (answer.ticket) socket.prependOnceListener('connect', () => present(raw, answer.ticket));
        connectSocket.call(socket, { path });
        break;
      }
      default:
        fail(socket, options, answer);
    }
    release();
  }

  /** Gives the socket a unix socket in place of the TCP one it was made with, and answers its raw handle. */
  function replaceHandle(socket) {
    const raw = new Pipe(pipeConstants.SOCKET);
    // A new handle makes the stream as new; that the program has already said all it has to say must stay true.
    const { ending, ended } = socket._writableState;
    socket[symbolOf(socket, 'kReinitializeHandle')](raw);
    Object.assign(socket._writableState, { ending, ended });
    // In TLS the raw handle lies below another one, and Node asks it whose it is.
    raw[symbolOf(socket._handle, 'owner_symbol')] = socket;
    return raw;
  }

  /** The ticket goes ahead of whatever the program has written; it is not part of what the program sees. */
  function present(raw, ticket) {
    const request = new WriteWrap();
    request.handle = raw;
    request.oncomplete = () => {};
    raw.writeLatin1String(request, `#${ticket}`);
  }

  /** Addresses as the program would see them on AWS, not of what stands in their place. */
  function appear(socket, host, port, { as }) {
    if (as === undefined) return;
    const values = [as, port, 'IPv4'];
    for (const [index, name] of APPEARANCE.entries()) {
      Object.defineProperty(socket, name, { value: values[index], configurable: true, enumerable: false });
    }
    if (!netModule().isIP(host)) socket.emit('lookup', null, as, 4, host);
  }

  function fail(socket, { host, port }, { errno, as }) {
    const error = connectError(errno, host, port, as);
    if (error.hostname) socket.emit('lookup', error, undefined, undefined, host);
    socket.destroy(error);
  }

  function lookupAmong(addresses) {
    const { isIP } = netModule();
    return (hostname, { all, family = 0 }, answer) => {
      const found = addresses
        .map((address) => ({ address, family: isIP(address) }))
        .filter((one) => family === 0 || one.family === Number(String(family).replace('IPv', '')));
      if (found.length === 0) answer(connectError('ENOTFOUND', hostname));
      else if (all) answer(null, found);
      else answer(null, found[0].address, found[0].family);
    };
  }

  const ownServers = new Map();
  const { listen } = TCP.prototype;
  TCP.prototype.listen = function (...args) {
    const result = listen.apply(this, args);
    const name = {};
    if (result === 0 && this.getsockname(name) === 0) {
      ownServers.set(name.port, new WeakRef(this));
      say({ tell: 'listening', port: name.port });
    }
    return result;
  };

  function listensOn(port) {
    const server = ownServers.get(port);
    if (server === undefined) return false;
    if (server.deref()?.fd >= 0) return true;
    ownServers.delete(port);
    return false;
  }
}

module.exports = { holdConnections };
