/**
 * The module that AWS puts beside inline code, by which a function answers for a custom resource. It has AWS's interface:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
 */
import type { FileToPack } from './pack.ts';

/** What goes beside inline code: as on AWS the module, when the code names it. Both `require` and `import` find it there. */
export function filesBesideInlineCode(source: string): readonly FileToPack[] {
  if (!/['"]cfn-response['"]/.test(source)) return [];
  return [{ path: 'node_modules/cfn-response/index.js', content: Buffer.from(SOURCE) }];
}

const SOURCE = `'use strict';
const https = require('node:https');

exports.SUCCESS = 'SUCCESS';
exports.FAILED = 'FAILED';

/** Resolves when CloudFormation has the answer; rejects when it could not be sent. */
exports.send = async (event, context, responseStatus, responseData, physicalResourceId, noEcho) => {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: 'See the details in CloudWatch Log Stream: ' + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  try {
    await put(event.ResponseURL, body);
  } finally {
    // Of runtimes that have it: handlers without a promise end with it.
    context.done?.();
  }
};

function put(url, body) {
  return new Promise((resolve, reject) => {
    // The URL is signed for no content type.
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
    const request = https.request(url, { method: 'PUT', headers }, (response) => {
      console.log('Status code: ' + response.statusCode);
      response.resume().once('end', resolve).once('error', reject);
    });
    request.once('error', reject).end(body);
  });
}
`;
