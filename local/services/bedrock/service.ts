/** Amazon Bedrock Runtime. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html */

import type { Service, ServiceContext } from '../../kernel/service.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import type { Backend, BedrockOptions, ModelSource } from './contract.ts';
import { converseOperations } from './converse/operations.ts';
import { countOperations } from './count-tokens.ts';
import { createFaults } from './faults/faults.ts';
import { invokeOperations } from './invoke/operations.ts';
import { NOT_EMULATED } from './not-emulated.ts';
import type { Room } from './room.ts';
import { standIn } from './stand-in/stand-in.ts';

export async function createService(context: ServiceContext, options: BedrockOptions): Promise<Service> {
  const source = options.source ?? { kind: 'stand-in' };
  const backend = await backendFor(source, context);
  const room: Room = {
    ...context,
    backend,
    faults: createFaults(context.clock, options.faults),
    announce: once(() =>
      context.telemetry.log(OWN_LOG, [{ timestamp: context.clock.now(), message: whoAnswers(source) }]),
    ),
  };
  return {
    operations: {
      ...converseOperations(room),
      ...invokeOperations(room),
      ...countOperations(room),
      ...NOT_EMULATED,
    },
    providers: {},
    stop: async () => {
      if (backend.kind === 'forward') backend.stop();
    },
    wire: async () => ({ protocol: 'rest-json', schemas: await import('@aws-sdk/client-bedrock-runtime') }),
  };
}

async function backendFor(source: ModelSource, { region }: ServiceContext): Promise<Backend> {
  switch (source.kind) {
    case 'stand-in':
      return standIn();
    case 'aws':
      return await (await import('./backends/aws.ts')).awsBackend(source, region);
    case 'openai':
      return (await import('./backends/openai.ts')).openAiBackend(source);
  }
}

function whoAnswers(source: ModelSource): string {
  switch (source.kind) {
    case 'stand-in':
      return 'Bedrock: a stand-in answers, no model is asked; --bedrock aws asks real Bedrock, --bedrock URL an OpenAI-compatible server';
    case 'aws':
      return 'Bedrock: calls go to real Bedrock with your own AWS credentials, and cost what they cost there';
    case 'openai':
      return `Bedrock: calls go to ${source.url}${source.model ? ` (${source.model})` : ''}, whatever model they name`;
  }
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
