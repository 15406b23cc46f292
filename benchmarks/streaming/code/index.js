/** One byte at once, the rest and the end a fifth of a second later: whoever collects answers is told from who streams. */
exports.handler = awslambda.streamifyResponse(async (_event, stream) => {
  stream.write('1');
  await new Promise((resolve) => setTimeout(resolve, 200));
  stream.end('2');
});
