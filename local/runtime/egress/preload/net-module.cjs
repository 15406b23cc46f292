/**
 * Node's `net` module, held without being loaded: many functions never need it, and with the streams below it, it takes
 * a tenth of the time to start.
 */
'use strict';

const { binding } = require('./node.cjs');

/**
 * Calls `hold` with the `connect` of sockets before anybody can connect: at once where `net` is loaded, else in the middle
 * of its being loaded, when `net` gives its sockets their `connect`. What `hold` answers takes that one's place.
 */
function holdNet(hold) {
  if (process.moduleLoadList.includes('NativeModule net')) {
    const { prototype } = netModule().Socket;
    prototype.connect = hold(prototype.connect);
    return;
  }
  const wrap = binding('tcp_wrap');
  const { TCP } = wrap;
  const { connect, connect6 } = TCP.prototype;
  // Never without us: a Node that fills its sockets otherwise is refused, loudly.
  TCP.prototype.connect = refuse;
  TCP.prototype.connect6 = refuse;
  Object.defineProperty(wrap, 'TCP', {
    configurable: true,
    enumerable: true,
    // The first thing `net` does is to take this out of its binding.
    get() {
      Object.defineProperty(wrap, 'TCP', { value: TCP, writable: true, enumerable: true, configurable: true });
      catchAssignment(process.getBuiltinModule('node:stream').Duplex.prototype, (native) => {
        Object.assign(TCP.prototype, { connect, connect6 });
        return hold(native);
      });
      return TCP;
    },
  });
}

/** `net` assigns its sockets a `connect`, and what they inherit from may see to that: once. */
function catchAssignment(inherited, hold) {
  Object.defineProperty(inherited, 'connect', {
    configurable: true,
    set(value) {
      const isNet = this.constructor?.name === 'Socket' && Object.getPrototypeOf(this) === inherited;
      if (isNet) delete inherited.connect;
      const own = isNet ? hold(value) : value;
      Object.defineProperty(this, 'connect', { value: own, writable: true, enumerable: true, configurable: true });
    },
  });
}

function refuse() {
  throw new Error(`the egress of the local cloud does not know Node ${process.version}: sockets connect past it`);
}

/** The module itself, whatever the program has put around `require`. */
function netModule() {
  return process.getBuiltinModule('node:net');
}

module.exports = { holdNet, netModule };
