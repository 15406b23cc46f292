/**
 * A client of AWS's APIs light enough that it is not what is measured: requests are signed before the clock runs, and sent
 * again and again as they are, as a signature holds for a quarter of an hour.
 */
import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

const REGION = 'us-east-1';
const KEY = { id: 'test', secret: 'test' };

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();

/**
 * @param endpoint e.g. `http://127.0.0.1:4566`
 * @param service the signing name, e.g. `s3`
 * @param request path without a query, body as bytes or text
 * @returns what `send` takes
 */
export function sign(endpoint, service, { method, path, body = '', headers = {}, isPayloadSigned = true }) {
  const { host, hostname, port } = new URL(endpoint);
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${at.slice(0, 8)}/${REGION}/${service}/aws4_request`;
  const payload = isPayloadSigned ? sha256(body) : 'UNSIGNED-PAYLOAD';
  const signed = { ...headers, host, 'x-amz-content-sha256': payload, 'x-amz-date': at };
  const names = Object.keys(signed).sort();
  const canonical = [method, path, '', ...names.map((name) => `${name}:${signed[name]}`), '', names.join(';'), payload];
  const signature = signatureOf(at, service, scope, canonical.join('\n'));
  const authorization = `AWS4-HMAC-SHA256 Credential=${KEY.id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const length = Buffer.byteLength(body);
  return {
    options: {
      hostname,
      port,
      method,
      path,
      headers: { ...signed, authorization, ...(method === 'GET' ? {} : { 'content-length': length }) },
    },
    body,
  };
}

/** The same by the query, for an hour, whatever the body is. @returns what `send` takes, without a body */
export function presign(endpoint, service, { method, path }) {
  const { host, hostname, port } = new URL(endpoint);
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${at.slice(0, 8)}/${REGION}/${service}/aws4_request`;
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${KEY.id}/${scope}`)}`,
    `X-Amz-Date=${at}`,
    'X-Amz-Expires=3600',
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const canonical = [method, path, query, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const signature = signatureOf(at, service, scope, canonical);
  return {
    options: { hostname, port, method, path: `${path}?${query}&X-Amz-Signature=${signature}`, headers: { host } },
  };
}

function signatureOf(at, service, scope, canonical) {
  const text = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`;
  const key = [at.slice(0, 8), REGION, service, 'aws4_request'].reduce(hmac, `AWS4${KEY.secret}`);
  return createHmac('sha256', key).update(text).digest('hex');
}

/** Connections that stay open where the server lets them. */
export function connections(most) {
  return new Agent({ keepAlive: true, maxSockets: most, noDelay: true });
}

/** Signs and sends a call of a JSON protocol, and answers what it was answered; for calls that no two are alike of. */
export async function ask(endpoint, agent, { service, target, version = '1.0' }, input) {
  const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
  const text = [];
  const call = sign(endpoint, service, { method: 'POST', path: '/', body: JSON.stringify(input), headers });
  await send(call, agent, undefined, (chunk) => text.push(chunk));
  return text.length === 0 ? undefined : JSON.parse(Buffer.concat(text).toString());
}

/**
 * Resolves with how many bytes came back, once all of them have; rejects for whatever is not a success.
 * @param onFirst called with the first bytes of the body
 * @param onData called with all of them, piece by piece
 */
export function send({ options, body }, agent, onFirst, onData) {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent }, (response) => {
      let size = 0;
      let said = '';
      response.on('data', (chunk) => {
        if (size === 0) onFirst?.(chunk);
        size += chunk.length;
        onData?.(chunk);
        if (response.statusCode >= 300 && said.length < 2_000) said += chunk;
      });
      response.on('end', () => {
        if (response.statusCode < 300) resolve(size);
        else reject(new Error(`${options.method} ${options.path} was answered ${response.statusCode} ${said}`));
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
