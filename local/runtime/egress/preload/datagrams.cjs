/** UDP: where a datagram may go is asked once per address; without a network the supervisor carries it. */
'use strict';

const { binding, isLoopback } = require('./node.cjs');

/** Asked again after this long: the template may have changed in the meantime. */
const ROUTE_MS = 30_000;

function holdDatagrams({ ask, say, onReceive }) {
  const { UDP, SendWrap } = binding('udp_wrap');
  const { bind, bind6, close, connect, connect6, send, send6 } = UDP.prototype;
  const ownPorts = new Map();
  const peers = new WeakMap();
  const numbers = new WeakMap();
  const numbered = new Map();
  const routes = new Map();
  let count = 0;

  for (const [name, native] of Object.entries({ bind, bind6 })) {
    UDP.prototype[name] = function (...args) {
      const result = native.apply(this, args);
      const bound = {};
      if (result === 0 && this.getsockname(bound) === 0) ownPorts.set(bound.port, new WeakRef(this));
      return result;
    };
  }
  for (const [name, native] of Object.entries({ connect, connect6 })) {
    UDP.prototype[name] = function (host, port) {
      peers.delete(this);
      if (isOwn(host, port)) return native.call(this, host, port);
      // Stays unconnected: where its datagrams really go is decided one by one.
      peers.set(this, { host, port });
      return 0;
    };
  }
  for (const [name, native] of Object.entries({ send, send6 })) {
    // (request, list, length, port, host, hasCallback), or without port and host when connected.
    UDP.prototype[name] = function (request, list, length, ...rest) {
      const peer = rest.length > 1 ? { port: rest[0], host: rest[1] } : peers.get(this);
      if (peer === undefined || isOwn(peer.host, peer.port)) return native.call(this, request, list, length, ...rest);
      const data = Buffer.concat(list.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
      let waits = true;
      let isAsync = false;
      route(peer, (answer) => {
        waits = false;
        forward(this, native, peer, data, answer);
        if (isAsync) request.oncomplete?.(0, data.length);
      });
      // Node's way to say: later, or done at once, so many bytes. What was sent is on its way, whatever comes then: a
      // program may end, and an environment be frozen.
      isAsync = waits;
      return waits ? 0 : data.length + 1;
    };
  }

  UDP.prototype.close = function (...args) {
    tellOfEnd(this);
    return close.apply(this, args);
  };

  /** Clients that send once make a socket for it: what carries their datagrams outside is not to outlive it by much. */
  function tellOfEnd(handle) {
    const number = numbers.get(handle);
    if (number === undefined) return;
    numbers.delete(handle);
    numbered.delete(number);
    say({ tell: 'datagrams-end', from: number });
  }

  function isOwn(host, port) {
    return isLoopback(host) && ownPorts.get(port)?.deref()?.fd >= 0;
  }

  function route({ host, port }, take) {
    const key = `${host}:${port}`;
    const known = routes.get(key);
    if (known && performance.now() - known.at < ROUTE_MS) {
      if (known.answer) take(known.answer);
      else known.queue.push(take);
      return;
    }
    const asked = { at: performance.now(), queue: [take], answer: undefined };
    routes.set(key, asked);
    ask({ ask: 'datagram', host, port }, (answer) => {
      asked.answer = answer;
      for (const each of asked.queue.splice(0)) each(answer);
    });
  }

  function forward(handle, native, { host, port }, data, answer) {
    switch (answer.go) {
      case 'relay':
        say({ tell: 'datagram', from: numberOf(handle), host, port, data: data.toString('base64') });
        // Closed while the answer was on its way.
        if (!(handle.fd >= 0)) tellOfEnd(handle);
        return;
      case 'own':
      case 'udp': {
        const to = answer.go === 'udp' ? answer : { host, port };
        const deliver = (by) => native.call(by, new SendWrap(), [data], 1, to.port, to.host, false);
        if (handle.fd >= 0) {
          deliver(handle);
          return;
        }
        // Closed while the answer was on its way: what was sent before goes all the same.
        const another = new UDP();
        deliver(another);
        another.close();
      }
    }
  }

  function numberOf(handle) {
    const known = numbers.get(handle);
    if (known !== undefined) return known;
    count += 1;
    numbers.set(handle, count);
    numbered.set(count, new WeakRef(handle));
    return count;
  }

  onReceive(({ to, host, port, data }) => {
    const handle = numbered.get(to)?.deref();
    if (!(handle?.fd >= 0)) {
      numbered.delete(to);
      return;
    }
    const bytes = Buffer.from(data, 'base64');
    const family = host.includes(':') ? 'IPv6' : 'IPv4';
    handle.onmessage(bytes.length, handle, bytes, { address: host, family, port, size: bytes.length });
  });
}

module.exports = { holdDatagrams };
