/**
 * Runs inside the function's process, before anything of the function: gives AWS's own Node runtime
 * (`aws-lambda-ric`) our transport in place of its native one. The client loads `./rapid-client.node`, `node:fs` and
 * `node:http` by `require`; such requests, from that one file, are answered here, and the loader is then put back as
 * it was, so that the function never sees the difference.
 *
 * Frames as in `local/runtime/frames.ts`, by blocking reads and writes. What was answered or logged before a crash is
 * thereby never lost, as with AWS's native client; and while there is nothing to do the process stands still, timers,
 * sockets and all, as a frozen environment does, at the cost of no signal. A response waits for the `next` that follows
 * it at once, so both leave in one write.
 */
'use strict';

const path = process.env.SAMPAN_ENVIRONMENT_SOCKET;
delete process.env.SAMPAN_ENVIRONMENT_SOCKET;
// Child processes and workers inherit `--require` but not the socket: nothing to do there.
if (path) install(path);

function install(socketPath) {
  const fs = require('node:fs');
  const { Module } = require('node:module');
  const { read, readSync, writeSync } = fs;

  const NEXT = 1;
  const RESPONSE = 2;
  const ERROR = 3;
  const LOG = 4;
  const NEXT_RUNNING = 6;
  const WAKE = 7;
  const COMPILED = 8;
  const HEADER_BYTES = 9;

  const connection = connectTo(socketPath);
  const descriptor = connection.fd;

  /** Hands the first `length` of `bytes` to the kernel before it returns. */
  function send(bytes, length = bytes.length) {
    for (let sent = 0; sent < length; ) {
      try {
        sent += writeSync(descriptor, bytes, sent, length - sent);
      } catch {
        // The supervisor has gone, and with it everybody who could have read this.
        process.reallyExit(0);
      }
    }
  }

  /** For every answer that surely fits. A character is at most three bytes. */
  const usualAnswer = Buffer.allocUnsafeSlow(65536);
  /** The answer that waits for its `next`: `unsentLength` bytes, with room for the frame behind them. */
  let unsent = usualAnswer;
  let unsentLength = 0;

  function answer(type, head, body) {
    const most = HEADER_BYTES + 3 * (head.length + body.length) + HEADER_BYTES;
    unsent =
      most <= usualAnswer.length
        ? usualAnswer
        : Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(head) + Buffer.byteLength(body) + HEADER_BYTES);
    const headLength = unsent.utf8Write(head, HEADER_BYTES);
    const bodyLength = unsent.utf8Write(body, HEADER_BYTES + headLength);
    unsent[0] = type;
    unsent.writeUInt32BE(headLength, 1);
    unsent.writeUInt32BE(bodyLength, 5);
    unsentLength = HEADER_BYTES + headLength + bodyLength;
  }

  /** A frame without content at `at`. */
  function writeBare(bytes, at, type) {
    bytes[at] = type;
    bytes.writeUInt32BE(0, at + 1);
    bytes.writeUInt32BE(0, at + 5);
  }

  // `process.exit()` between a response and its `next`.
  process.on('exit', () => send(unsent, unsentLength));

  // A debugger needs the process awake while it waits; so do extensions inside it, and a listener for SIGTERM.
  let staysAwake = /--inspect/.test(`${process.execArgv} ${process.env.NODE_OPTIONS}`);
  /** Requests of the client over HTTP that have not ended: they too need it awake. */
  let requestsOpen = 0;

  /** What V8 compiled so far, where the supervisor wants it; the end of it has no name. */
  function handOverCompiled() {
    let isWanted = false;
    const give = (name, bytes) => {
      isWanted = true;
      const header = Buffer.allocUnsafe(HEADER_BYTES + name.length);
      header[0] = COMPILED;
      header.writeUInt32BE(header.latin1Write(name, HEADER_BYTES), 1);
      header.writeUInt32BE(bytes.length, 5);
      send(header);
      send(bytes);
    };
    require('./compile-cache.cjs').handOver(give);
    if (isWanted) give('', Buffer.alloc(0));
  }

  let isInitialised = false;

  const client = {
    next() {
      if (!isInitialised) {
        isInitialised = true;
        handOverCompiled();
      }
      const mustRun = staysAwake || requestsOpen > 0;
      writeBare(unsent, unsentLength, mustRun ? NEXT_RUNNING : NEXT);
      send(unsent, unsentLength + HEADER_BYTES);
      unsent = usualAnswer;
      unsentLength = 0;
      return mustRun ? eventLater() : eventNow();
    },
    done(id, body) {
      checkStrings(id, body);
      answer(RESPONSE, id, body);
    },
    error(id, body, xrayCause) {
      checkStrings(id, body, xrayCause);
      answer(ERROR, `${id}\n${xrayCause}`, body);
    },
  };

  const usual = Buffer.allocUnsafeSlow(65536);
  let buffer = usual;
  let filled = 0;

  /** Counts `length` more bytes in; gives the event when all of it is there. */
  function gather(length) {
    if (length === 0) process.reallyExit(0);
    filled += length;
    if (filled >= HEADER_BYTES && buffer[0] === WAKE) {
      staysAwake = true;
      filled -= HEADER_BYTES;
      buffer.copyWithin(0, HEADER_BYTES, HEADER_BYTES + filled);
    }
    if (filled < HEADER_BYTES) return undefined;
    const bodyStart = HEADER_BYTES + buffer.readUInt32BE(1);
    const end = bodyStart + buffer.readUInt32BE(5);
    if (end > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(end);
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
    }
    if (filled < end) return undefined;
    const event = eventOf(bodyStart, end);
    buffer = usual;
    filled = 0;
    return event;
  }

  /** The supervisor sends one event at a time, and only after a `next`; it may wake us before. */
  function eventNow() {
    for (;;) {
      let length;
      try {
        length = readSync(descriptor, buffer, filled, buffer.length - filled, null);
      } catch (error) {
        if (error.code !== 'EINTR') process.reallyExit(0);
        continue;
      }
      const event = gather(length);
      if (event) return event;
      if (staysAwake) return eventLater();
    }
  }

  function eventLater() {
    return new Promise((resolve) => {
      const more = () =>
        read(descriptor, buffer, filled, buffer.length - filled, null, (error, length) => {
          if (error && error.code !== 'EINTR') process.reallyExit(0);
          const event = error ? undefined : gather(length);
          if (event) resolve(event);
          else more();
        });
      more();
    });
  }

  function eventOf(bodyStart, end) {
    const [id, deadline, arn, trace, clientContext, identity] = buffer.utf8Slice(HEADER_BYTES, bodyStart).split('\n');
    const headers = {
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': deadline,
      'lambda-runtime-invoked-function-arn': arn,
      'lambda-runtime-trace-id': trace,
    };
    if (clientContext) headers['lambda-runtime-client-context'] = clientContext;
    if (identity) headers['lambda-runtime-cognito-identity'] = identity;
    return { headers, bodyJson: buffer.utf8Slice(bodyStart, end) };
  }

  /** What the client sees as `fs`: its telemetry frames (a 16-byte header, then the record) go to our socket. */
  const TELEMETRY_DESCRIPTOR = 3;
  let telemetryHeader;
  const clientFs = Object.create(fs, {
    writeSync: {
      value(target, bytes, ...rest) {
        if (target !== TELEMETRY_DESCRIPTOR) return writeSync(target, bytes, ...rest);
        if (telemetryHeader === undefined) {
          telemetryHeader = bytes;
          return bytes.length;
        }
        const record = Buffer.allocUnsafe(HEADER_BYTES + telemetryHeader.length + bytes.length);
        record[0] = LOG;
        record.writeUInt32BE(telemetryHeader.length, 1);
        record.writeUInt32BE(bytes.length, 5);
        record.set(telemetryHeader, HEADER_BYTES);
        record.set(bytes, HEADER_BYTES + telemetryHeader.length);
        telemetryHeader = undefined;
        send(record);
        return bytes.length;
      },
    },
  });
  process.env._LAMBDA_TELEMETRY_LOG_FD = String(TELEMETRY_DESCRIPTOR);

  /**
   * What the client sees as `http`: streamed responses and init errors take the environment's socket too. Most
   * functions do neither, so the module, and a third of the time to start, is spared until one does.
   */
  const agents = new WeakMap();
  class ClientAgent {
    constructor(options) {
      this.options = options;
    }
  }
  const clientHttp = {
    Agent: ClientAgent,
    request({ agent, ...options }, listener) {
      const http = require('node:http');
      let real = agents.get(agent);
      if (!real) {
        real = new http.Agent(agent.options);
        agents.set(agent, real);
      }
      if (agent.createConnection) real.createConnection = agent.createConnection;
      requestsOpen += 1;
      const request = http.request({ ...options, agent: real, socketPath }, listener);
      request.once('close', () => {
        requestsOpen -= 1;
      });
      return request;
    },
  };
  /** Loaded when one connects: streams and sockets are a tenth of the time to start. */
  const clientNet = { createConnection: (...args) => require('node:net').createConnection(...args) };
  /** Only for environments that run several invocations at once, which ours do not. */
  const clientWorkers = { isMainThread: true };

  surroundings();

  const load = Module._load;
  Module._load = function (...args) {
    const [request, parent] = args;
    if (parent?.filename?.endsWith('aws-lambda-ric.mjs')) {
      if (request === 'node:fs') return clientFs;
      if (request === 'node:http') return clientHttp;
      if (request === 'node:net') return clientNet;
      if (request === 'worker_threads' || request === 'node:worker_threads') return clientWorkers;
      if (request === './rapid-client.node') {
        Module._load = load;
        return client;
      }
    }
    return Reflect.apply(load, this, args);
  };
}

/** What Lambda's Node has around the client, whichever way that speaks. */
function surroundings() {
  if (process.env.AWS_EXECUTION_ENV === 'AWS_Lambda_nodejs22.x') {
    globalThis[Symbol.for('sampan.handler')] = process.env._HANDLER;
    process.env._HANDLER = require('node:path').join(__dirname, 'callback-handlers.handler');
  }

  // Lambda starts Node with `--expose-gc`, which costs a third of the time to start: here it costs who asks for it.
  Object.defineProperty(globalThis, 'gc', {
    configurable: true,
    get() {
      require('node:v8').setFlagsFromString('--expose-gc');
      const gc = require('node:vm').runInNewContext('gc');
      Object.defineProperty(globalThis, 'gc', { value: gc, configurable: true, writable: true });
      return gc;
    },
    set: (value) => Object.defineProperty(globalThis, 'gc', { value, configurable: true, writable: true }),
  });

  writeAtOnce('stdout');
  writeAtOnce('stderr');
  forgetFoldersAbove(require('node:module').Module, process.env.LAMBDA_TASK_ROOT);
}

/**
 * To Lambda's pipes Node writes at once. To ours, which are sockets, it would write when there is room: what had not
 * gone when the handler returned would wait for the next invocation.
 */
function writeAtOnce(name) {
  const usual = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, {
    ...usual,
    get() {
      Object.defineProperty(process, name, usual);
      const stream = process[name];
      stream._handle?.setBlocking?.(true);
      return stream;
    },
  });
}

/**
 * A unix socket's connect is done when `connect` returns, and Node's own part in it ends there: it never reads. So the
 * bare handle will do; a `net.Socket` around it takes two milliseconds of every start.
 */
function connectTo(path) {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  const { Pipe, PipeConnectWrap, constants } = process.binding('pipe_wrap');
  process.noDeprecation = noDeprecation;
  const pipe = new Pipe(constants.SOCKET);
  const request = new PipeConnectWrap();
  request.oncomplete = () => {};
  pipe.connect(request, path);
  pipe.unref();
  pipe.setBlocking(true);
  return pipe;
}

/**
 * On Lambda nothing stands above /var/task. At the process level the code lies inside the developer's project, whose
 * node_modules would be found before the layers and hide what is missing from the function.
 */
function forgetFoldersAbove(Module, taskRoot) {
  if (!taskRoot || taskRoot === '/var/task') return;
  const pathsOf = Module._nodeModulePaths;
  const above = new Set(pathsOf(require('node:path').dirname(taskRoot)));
  Module._nodeModulePaths = (from) => pathsOf(from).filter((path) => !above.has(path));
}

/** As the native client refuses what has no JSON at all: a handler that returns a function or a symbol. */
function checkStrings(...values) {
  if (!values.every((value) => typeof value === 'string')) throw new TypeError('Wrong arguments');
}

module.exports = { checkStrings, surroundings };
