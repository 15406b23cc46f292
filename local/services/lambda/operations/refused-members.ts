/** Members Lambda would act on and this machine does not. A template's are named at start; a caller has to be told. */
import { invalidParameter } from '../errors.ts';
import { runtimeOf } from '../functions/runtimes.ts';
import type { FunctionInput } from './function-input.ts';

type Given = FunctionInput & {
  readonly PackageType?: string;
  readonly CodeSigningConfigArn?: string;
  readonly TenancyConfig?: object;
};

const REFUSED: Readonly<Record<string, string>> = {
  FileSystemConfigs: 'EFS file systems are not mounted here',
  ImageConfig: 'container images do not run here',
  CapacityProviderConfig: 'managed instances are not emulated here',
  PublishTo: 'managed instances are not emulated here',
  DurableConfig: 'durable execution is not emulated here',
  TenancyConfig: 'tenants would share environments here',
};

/** Throws InvalidParameterValueException, which names the member. */
export function refuseMembers(input: Given, runtime: string | undefined): void {
  if (input.PackageType === 'Image') {
    throw invalidParameter('PackageType Image is not emulated: container images do not run here. Use a Zip package.');
  }
  for (const [member, why] of Object.entries(REFUSED)) {
    const value = (input as unknown as Readonly<Record<string, unknown>>)[member];
    if (value == null || (Array.isArray(value) && value.length === 0)) continue;
    throw invalidParameter(`${member} is not emulated: ${why}.`);
  }
  if (input.SnapStart?.ApplyOn === 'PublishedVersions') {
    throw invalidParameter(`${runtime ?? ''} is not supported for SnapStart enabled functions.`);
  }
  const known = input.Runtime === undefined ? undefined : runtimeOf(input.Runtime);
  if (known?.kind === 'elsewhere') throw invalidParameter(`Runtime ${input.Runtime}: ${known.message}`);
}
