/**
 * AWS::CloudFormation::CustomResource and Custom::…: somebody's own function makes, changes and removes the resource.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import { readProperties } from '../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import type { JsonObject, ServiceContext } from '../../kernel/service.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import { type RequestIdentity, readResponse, withTextLeaves } from './custom-resource-response.ts';
import type { ResponseInbox } from './response-inbox.ts';
import type { ResponseUrls } from './response-urls.ts';

interface Sending {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly identity: RequestIdentity;
  readonly type: string;
  readonly properties: JsonObject;
  readonly physicalId?: string;
  readonly oldProperties?: JsonObject;
}

const DEFAULT_TIMEOUT_SECONDS = 3600;

export function customResourceProvider(context: ServiceContext, inbox: ResponseInbox, urls: ResponseUrls): Provider {
  const ask = (sending: Sending) => exchange(context, inbox, urls, sending);
  return {
    create(request) {
      check(request);
      return ask({ RequestType: 'Create', ...partsOf(request) });
    },
    update(request, existing) {
      check(request);
      return ask({
        RequestType: 'Update',
        ...partsOf(request),
        physicalId: existing.physicalId,
        oldProperties: existing.properties,
      });
    },
    async delete(existing) {
      const { type, properties, physicalId } = existing;
      await ask({ RequestType: 'Delete', identity: identityOf(existing), type, properties, physicalId });
    },
  };
}

/** The stack a resource belongs to is not told when it goes, so its id is kept with what it answered. */
const STACK_ATTRIBUTE = 'sampan:StackId';

function partsOf(request: ResourceRequest) {
  const { stackId, logicalId, type, properties } = request;
  return { identity: { StackId: stackId, RequestId: randomUUID(), LogicalResourceId: logicalId }, type, properties };
}

function identityOf({ attributes, logicalId }: ExistingResource): RequestIdentity {
  return { StackId: String(attributes[STACK_ATTRIBUTE]), RequestId: randomUUID(), LogicalResourceId: logicalId };
}

function check(request: ResourceRequest): void {
  readProperties(request, (reader) => {
    const token = reader.requiredText('ServiceToken');
    if (token !== '' && !/^arn:[^:]+:(lambda|sns):/.test(token)) {
      reader.refuse(['ServiceToken'], 'ServiceToken must be the ARN of a Lambda function or an SNS topic');
    }
    reader.integer('ServiceTimeout', [1, 3600]);
  });
}

/** Sends the request and waits for whatever comes first: an answer, the end of patience, an error of the function. */
async function exchange(
  context: ServiceContext,
  inbox: ResponseInbox,
  urls: ResponseUrls,
  sending: Sending,
): Promise<ResourceResult> {
  const { identity } = sending;
  const seconds = Number(sending.properties['ServiceTimeout'] ?? DEFAULT_TIMEOUT_SECONDS);
  const expected = inbox.expect(identity, context.clock.now());
  const impatience = new AbortController();
  try {
    const body = await Promise.race([
      expected.body,
      send(
        context,
        sending,
        () => urls(String(sending.properties['ServiceToken']), expected.target),
        impatience.signal,
      ),
      context.clock.sleep(seconds * 1000, impatience.signal).then(() => {
        throw failure(
          `CloudFormation did not receive a response from your Custom Resource within ${seconds} s. Please check your logs for requestId [${identity.RequestId}].`,
        );
      }),
    ]);
    const response = readResponse(body, identity);
    if (response.kind === 'failed') {
      throw failure(
        `Received response status [FAILED] from custom resource. Message returned: ${response.reason} (RequestId: ${identity.RequestId})`,
      );
    }
    const attributes = { ...response.data, [STACK_ATTRIBUTE]: identity.StackId };
    return { physicalId: response.physicalId, attributes };
  } finally {
    impatience.abort();
    expected.cancel();
  }
}

/** Never resolves: an answer comes by the inbox. Rejects when the function failed before it answered. */
async function send(
  context: ServiceContext,
  sending: Sending,
  url: () => Promise<string>,
  signal: AbortSignal,
): Promise<never> {
  const token = String(sending.properties['ServiceToken']);
  const message = JSON.stringify(messageOf(sending, await url()));
  // With the permissions of whoever deploys.
  const caller = { kind: 'internal', service: 'cloudformation.amazonaws.com' } as const;
  if (token.split(':')[2] === 'sns') {
    const input = { TopicArn: token, Subject: 'AWS CloudFormation custom resource request', Message: message };
    await context.dispatch({ caller, service: 'sns', operation: 'Publish', input });
    return forever();
  }
  const input = { FunctionName: token, InvocationType: 'RequestResponse', Payload: message };
  const output = await context.dispatch({ caller, service: 'lambda', operation: 'Invoke', input });
  const { FunctionError, Payload } = output as { FunctionError?: string; Payload?: Uint8Array | string };
  if (FunctionError !== undefined) throw failure(functionError(token, Payload));
  if (!signal.aborted)
    report(
      context,
      `${sending.identity.LogicalResourceId}: its function returned without an answer to CloudFormation; waiting for one, as AWS would`,
    );
  return forever();
}

function messageOf({ RequestType, identity, type, properties, physicalId, oldProperties }: Sending, url: string) {
  return {
    RequestType,
    ServiceToken: properties['ServiceToken'],
    ResponseURL: url,
    StackId: identity.StackId,
    RequestId: identity.RequestId,
    LogicalResourceId: identity.LogicalResourceId,
    ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
    ResourceType: type,
    ResourceProperties: withTextLeaves(properties),
    ...(oldProperties && { OldResourceProperties: withTextLeaves(oldProperties) }),
  };
}

function functionError(token: string, payload: Uint8Array | string | undefined): string {
  const text = payload === undefined ? '' : Buffer.from(payload).toString('utf8');
  let said = text;
  try {
    const { errorType, errorMessage } = JSON.parse(text) as { errorType?: string; errorMessage?: string };
    said = [errorType, errorMessage].filter(Boolean).join(': ');
  } catch {
    // The payload stays as it is: it is all there is.
  }
  return `The function ${token} of the custom resource failed before it answered: ${said || 'no error was given'}`;
}

function failure(message: string): AwsError {
  return new AwsError('InternalFailure', message);
}

function report({ telemetry, clock }: ServiceContext, message: string): void {
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
