/**
 * Sends on what it gets from its queue. No client of AWS's, so that every peer runs the same code: what is measured is the
 * way to the function and back.
 */
import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });
const endpoint = new URL(process.env.AWS_ENDPOINT_URL);
const region = process.env.AWS_REGION ?? 'us-east-1';

export async function handler({ Records }) {
  for (const { body } of Records) {
    await send({ QueueUrl: JSON.parse(body).detail.to, MessageBody: body });
  }
}

function send(input) {
  const body = JSON.stringify(input);
  const headers = signed(body);
  return new Promise((resolve, reject) => {
    const sent = request(endpoint, { method: 'POST', agent, headers }, (response) => {
      let said = '';
      response.on('data', (chunk) => {
        said += chunk;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(said))));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signed(body) {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
  const at = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    host: endpoint.host,
    'x-amz-date': at,
    ...(token && { 'x-amz-security-token': token }),
    'x-amz-target': 'AmazonSQS.SendMessage',
  };
  const names = Object.keys(headers);
  const lines = names.map((name) => `${name}:${headers[name]}`);
  const canonical = ['POST', '/', '', ...lines, '', names.join(';'), sha256(body)].join('\n');
  const scope = `${at.slice(0, 8)}/${region}/sqs/aws4_request`;
  const key = [at.slice(0, 8), region, 'sqs', 'aws4_request'].reduce(hmac, `AWS4${secret}`);
  const signature = createHmac('sha256', key)
    .update(`AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`)
    .digest('hex');
  return {
    ...headers,
    'content-length': Buffer.byteLength(body),
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key, data) {
  return createHmac('sha256', key).update(data).digest();
}
