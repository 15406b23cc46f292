/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-rotationschedule.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import { Refusal } from '../../../kernel/doors.ts';
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest } from '../../../kernel/provider.ts';
import type { CallAsCloudFormation } from './calls.ts';

export function rotationScheduleProvider(call: CallAsCloudFormation): Provider {
  async function rotate(request: ResourceRequest) {
    const input = read(request);
    // Its function is the macro's to make: there is nothing to rotate with.
    if (input.RotationLambdaARN === undefined && request.properties['HostedRotationLambda'] !== undefined) {
      return { physicalId: input.SecretId, attributes: { Id: input.SecretId } };
    }
    const { ARN } = await explained(call<{ ARN: string }>('secretsmanager', 'RotateSecret', input));
    return { physicalId: ARN, attributes: { Id: ARN } };
  }
  return {
    create: rotate,
    async update(request, existing) {
      const result = await rotate(request);
      // The schedule went to another secret: the one before is left with none.
      if (result.physicalId !== existing.physicalId) await cancel(call, existing.physicalId);
      return result;
    },
    delete: (existing) => cancel(call, existing.physicalId),
    unsupported: ({ properties }) =>
      UNSUPPORTED.flatMap(([name, message]) => (properties[name] === undefined ? [] : [{ path: [name], message }])),
  };
}

/** Whoever deploys is told which permission is missing, where AWS would leave it at the sentence. */
async function explained<T>(rotating: Promise<T>): Promise<T> {
  try {
    return await rotating;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new AwsError(error.code, `${error.message} (${error.reason})`, {
      statusCode: error.statusCode,
      cause: error,
    });
  }
}

const UNSUPPORTED = [
  [
    'HostedRotationLambda',
    'the macro AWS::SecretsManager-2024-09-16 makes that function, in AWS: the secret is not rotated here without a RotationLambdaARN',
  ],
  ['ExternalSecretRotationMetadata', 'secrets held by a third party are not emulated'],
  ['ExternalSecretRotationRoleArn', 'secrets held by a third party are not emulated'],
] as const;

function read(request: ResourceRequest) {
  return readProperties(request, (reader) => ({
    SecretId: reader.requiredText('SecretId'),
    RotationLambdaARN: reader.text('RotationLambdaARN'),
    RotationRules: reader.object('RotationRules', readRules),
    RotateImmediately: reader.boolean('RotateImmediatelyOnUpdate') ?? true,
  }));
}

const readRules = (rules: PropertyReader) => ({
  AutomaticallyAfterDays: rules.integer('AutomaticallyAfterDays', [1, 1000]),
  Duration: rules.text('Duration'),
  ScheduleExpression: rules.text('ScheduleExpression'),
});

async function cancel(call: CallAsCloudFormation, SecretId: string): Promise<void> {
  try {
    await call('secretsmanager', 'CancelRotateSecret', { SecretId });
  } catch (error) {
    // Its secret went first, and the rotation with it; or its owning service goes on.
    if (!(error instanceof AwsError)) throw error;
  }
}
