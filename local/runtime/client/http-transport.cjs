/**
 * The second way of AWS's Node runtime to its supervisor: what its native transport does, done with `node:http` against
 * the Runtime API at `AWS_LAMBDA_RUNTIME_API`, as a custom runtime would. Slower than `transport.cjs`, and independent
 * of it: the conformance tests run over both.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
'use strict';

const isFirst = Boolean(process.env.SAMPAN_ENVIRONMENT_SOCKET);
delete process.env.SAMPAN_ENVIRONMENT_SOCKET;
// Child processes and workers inherit `--require` but not the variable: nothing to do there.
if (isFirst) install();

function install() {
  const http = require('node:http');
  const { Module } = require('node:module');
  const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const PREFIX = '/2018-06-01/runtime/invocation/';

  /** Resolves with the answer; ends the process when there is nobody to answer. */
  function call(method, path, headers, body) {
    return new Promise((resolve) => {
      const request = http.request({ hostname, port, agent, method, path: PREFIX + path, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
      });
      request.on('error', () => process.reallyExit(1));
      request.end(body);
    });
  }

  /** The answer under way; the next request for work comes after it. */
  let answered = Promise.resolve();

  function post(path, body, headers) {
    answered = call('POST', path, { 'Content-Type': 'application/json', ...headers }, body);
  }

  const client = {
    async next() {
      await answered;
      const { headers, body } = await call('GET', 'next');
      return { headers, bodyJson: body };
    },
    done(id, body) {
      checkStrings(id, body);
      post(`${id}/response`, body);
    },
    error(id, body, xrayCause) {
      checkStrings(id, body, xrayCause);
      const { errorType } = JSON.parse(body);
      post(`${id}/error`, body, {
        'Lambda-Runtime-Function-Error-Type': errorType,
        'Lambda-Runtime-Function-XRay-Error-Cause': xrayCause,
      });
    },
  };

  const { checkStrings, surroundings } = require('./transport.cjs');
  surroundings();

  const load = Module._load;
  Module._load = function (...args) {
    const [request, parent] = args;
    if (request === './rapid-client.node' && parent?.filename?.endsWith('aws-lambda-ric.mjs')) {
      Module._load = load;
      return client;
    }
    return Reflect.apply(load, this, args);
  };
}
