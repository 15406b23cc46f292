/** Asks the model and passes every token on as it comes. */
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';

const bedrock = new BedrockRuntimeClient({});

export const handler = awslambda.streamifyResponse(async (_event, stream) => {
  const head = { statusCode: 200, headers: { 'content-type': 'text/event-stream' } };
  const body = awslambda.HttpResponseStream.from(stream, head);
  const answer = await bedrock.send(
    new ConverseStreamCommand({
      modelId: 'amazon.nova-lite-v1:0',
      messages: [{ role: 'user', content: [{ text: 'How long does a token take from here to there?' }] }],
    }),
  );
  for await (const { contentBlockDelta } of answer.stream) {
    if (contentBlockDelta) body.write(`data: ${JSON.stringify(contentBlockDelta.delta.text)}\n\n`);
  }
  body.end();
});
