/**
 * Real Bedrock, by the credentials of whoever runs this, as the AWS CLI would find them: a function's own are good here
 * only. What the caller may do has been decided by then, by the roles and policies of the template.
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Backend, ModelSource } from '../contract.ts';

type Forward = Extract<Backend, { kind: 'forward' }>;

/** Of errors of the SDK: what is HTTP's, and not the error's own. */
const NOT_MEMBERS = new Set(['name', 'message', 'stack', '$fault', '$metadata', '$response', '$retryable', '$service']);

export async function awsBackend(
  { endpoint, credentials }: Extract<ModelSource, { kind: 'aws' }>,
  region: string,
): Promise<Forward> {
  const sdk = await import('@aws-sdk/client-bedrock-runtime');
  const client = new sdk.BedrockRuntimeClient({
    region,
    credentials,
    // Whoever has AWS_ENDPOINT_URL set means this cloud by it.
    endpoint: endpoint ?? `https://bedrock-runtime.${region}.amazonaws.com`,
    // The caller tries again himself.
    maxAttempts: 1,
  });
  const commands: Readonly<Record<string, new (input: never) => unknown>> = {
    Converse: sdk.ConverseCommand,
    ConverseStream: sdk.ConverseStreamCommand,
    InvokeModel: sdk.InvokeModelCommand,
    InvokeModelWithResponseStream: sdk.InvokeModelWithResponseStreamCommand,
    CountTokens: sdk.CountTokensCommand,
  };
  return {
    kind: 'forward',
    async call(operation, input, abortSignal) {
      const Command = commands[operation];
      if (!Command) throw new Error(`${operation} cannot be handed on`);
      try {
        const command = new Command(withoutAccount(input as { modelId: string }) as never);
        const output = (await client.send(command as never, { abortSignal })) as unknown as Record<string, unknown>;
        const stream = operation === 'ConverseStream' ? 'stream' : 'body';
        if (!isEvents(output[stream])) return output;
        return { ...output, [stream]: eventsOf(output[stream]) };
      } catch (error) {
        throw asAwsError(error);
      }
    },
    stop: () => client.destroy(),
  };
}

/** Profiles of the local account are the developer's account's own of the same name. */
function withoutAccount<T extends { readonly modelId: string }>(input: T): T {
  const [, id] = /^arn:[^:]+:bedrock:[^:]+:\d{12}:inference-profile\/(.+)$/.exec(input.modelId) ?? [];
  return id === undefined ? input : { ...input, modelId: id };
}

function isEvents(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* eventsOf(events: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* events;
  } catch (error) {
    throw asAwsError(error);
  }
}

function asAwsError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  const { $metadata, name, message } = error as Error & { $metadata?: { httpStatusCode?: number } };
  const statusCode = $metadata?.httpStatusCode;
  if (statusCode !== undefined) {
    const members = Object.fromEntries(Object.entries(error).filter(([key]) => !NOT_MEMBERS.has(key)));
    // An exception within a stream has the stream's status, which is 200.
    return new AwsError(name, message, { statusCode: Math.max(statusCode, 400), members, cause: error });
  }
  if (name === 'CredentialsProviderError') {
    return new AwsError(
      'AccessDeniedException',
      `--bedrock aws found no AWS credentials of yours: ${message} (aws sso login, or AWS_PROFILE)`,
      { statusCode: 403, cause: error },
    );
  }
  return new AwsError('ServiceUnavailableException', `Bedrock is not within reach from here: ${message}`, {
    statusCode: 503,
    cause: error,
  });
}
