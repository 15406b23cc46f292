/** Changes of `$LATEST`: its code, or its configuration, whatever the input names. */
import type { Operation } from '../../../kernel/service.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { invalidParameter, preconditionFailed } from '../errors.ts';
import { describeVersion } from '../functions/configuration.ts';
import { LATEST } from '../functions/functions.ts';
import { propertiesOfFunction } from '../functions/properties-of-function.ts';
import { checkNetwork } from '../functions/vpc.ts';
import { publishVersion } from '../versions-and-aliases/publish.ts';
import { changedProperties, type FunctionInput, propertiesOfInput } from './function-input.ts';
import { requiresLayers, requiresRole } from './functions.ts';
import { type OperationParts, requiresOn } from './parts.ts';
import { refuseMembers } from './refused-members.ts';
import { requiresUpload, type Uploaded, uploadedCode } from './uploads.ts';

interface UpdateFunctionCodeInput extends Uploaded {
  readonly FunctionName: string;
  readonly Architectures?: readonly string[];
  readonly Publish?: boolean;
  readonly DryRun?: boolean;
  readonly RevisionId?: string;
}

interface UpdateFunctionConfigurationInput extends FunctionInput {
  readonly RevisionId?: string;
}

export function updateOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records, through, place, code } = parts;

  /** Throws what AWS answers where the function is not there, or is no longer what the caller believes. */
  function toUpdate(functionName: string, revisionId: string | undefined) {
    const { name, qualifier } = functions.reference(functionName);
    if (qualifier !== undefined && qualifier !== LATEST) {
      throw invalidParameter(
        'Current operation does not support versions other than $LATEST. Please set the version to $LATEST or do not set a version in your request.',
      );
    }
    const record = functions.record(name);
    if (revisionId !== undefined && revisionId !== record.latest.revisionId) {
      throw preconditionFailed('GetFunction/GetAlias');
    }
    const before = propertiesOfFunction(record, records.tags.get(functions.arn(name)) ?? {}, place);
    return { name, latest: record.latest, before };
  }

  async function update(functionName: string, logicalId: string, before: JsonObject, properties: JsonObject) {
    const changed = { name: functionName, logicalId, physicalId: functionName, before, properties };
    await through.update('AWS::Lambda::Function', changed);
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html */
    UpdateFunctionCode: {
      requires: (input: UpdateFunctionCodeInput) => [
        ...requiresOn(functions, 'UpdateFunctionCode')(input),
        ...requiresUpload(input, place.partition),
      ],
      async handle(input: UpdateFunctionCodeInput) {
        const { name: checked, latest: present } = toUpdate(input.FunctionName, input.RevisionId);
        if (present.code.kind === 'image') {
          throw invalidParameter('Please provide ImageUri when updating a function with packageType Image.');
        }
        if (input.ImageUri !== undefined) {
          throw invalidParameter("Please don't provide ImageUri when updating a function with packageType Zip.");
        }
        const release = code.hold();
        try {
          return await through.alone(functions.arn(checked), async () => {
            const Code = await uploadedCode(input, 'UpdateFunctionCode', parts);
            const { name, latest, before } = toUpdate(input.FunctionName, input.RevisionId);
            if (input.DryRun) return describeVersion(latest, parts);
            const properties = {
              ...before,
              Code,
              ...(input.Architectures && { Architectures: input.Architectures as Json }),
            };
            await update(name, latest.label, before, properties);
            if (!input.Publish) return describeVersion(functions.record(name).latest, parts, { as: 'updated' });
            const version = await publishVersion(parts, name, undefined);
            return describeVersion(version, parts, { as: 'created', qualifier: version.version });
          });
        } finally {
          release();
        }
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html */
    UpdateFunctionConfiguration: {
      requires: (input: UpdateFunctionConfigurationInput) => [
        ...requiresOn(functions, 'UpdateFunctionConfiguration')({ FunctionName: input.FunctionName }),
        ...requiresRole(input.Role),
        ...requiresLayers(input.Layers),
      ],
      async handle(input: UpdateFunctionConfigurationInput) {
        const { name: checked } = toUpdate(input.FunctionName, input.RevisionId);
        return through.alone(functions.arn(checked), async () => {
          if (input.VpcConfig) await checkNetwork(input.VpcConfig, parts);
          const { name, latest, before } = toUpdate(input.FunctionName, input.RevisionId);
          refuseMembers(input, input.Runtime ?? latest.runtime);
          await update(name, latest.label, before, changedProperties(before, propertiesOfInput(input)));
          return describeVersion(functions.record(name).latest, parts, { as: 'updated' });
        });
      },
    },
  };
}
