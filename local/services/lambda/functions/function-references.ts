/** What of a function can only be checked against what exists: its code, its layers, what others have reserved. */
import type { ResourceRequest } from '../../../kernel/provider.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import { type Diagnostic, TemplateError } from '../../../template/stack.ts';
import { reservationComplaint } from '../concurrency/reservations.ts';
import { isLayerOfOtherAccount, parseLayerVersionArn } from '../names.ts';
import { layerAt, unzippedSizeOf } from '../packages/code.ts';
import { CodeNotFound, locateCode } from '../packages/locate-code.ts';
import { UNZIPPED_BYTES } from '../packages/unpack.ts';
import type { CodeLocation } from '../records.ts';
import { checkRole } from '../roles/check-role.ts';
import type { LambdaRoom } from '../room.ts';
import { checkCodeSigning } from './code-signing.ts';
import type { FunctionSettings } from './function-properties.ts';

/**
 * Resolves with where the code is; rejects with TemplateError and everything that was found. `isConfigured` says that
 * more is new than the code: only then AWS looks at the role.
 */
export async function checkFunctionReferences(
  room: LambdaRoom,
  request: ResourceRequest,
  settings: FunctionSettings,
  functionName: string,
  options: { readonly isConfigured: boolean },
): Promise<CodeLocation> {
  const findings: Diagnostic[] = [];
  const refuse: Refuse = (path, message, suggestion) => {
    findings.push({
      severity: 'error',
      code: 'invalid-reference',
      message,
      at: request.positionOf(path) ?? request.at,
      resource: request.logicalId,
      property: ['Properties', ...path].join('.'),
      ...(suggestion !== undefined && { suggestion }),
    });
  };
  // A deleted layer version cannot be added any more, but a function that has it keeps it.
  const kept = room.records.functions.get(functionName)?.latest.layers ?? [];
  checkLayers(room, settings.layers, { kept, ofTemplate: request.stackId !== '' }, refuse);
  const reservation = reservationComplaint(room, functionName, settings.whole.reservedConcurrency);
  if (reservation !== undefined) refuse(['ReservedConcurrentExecutions'], reservation);
  const { codeSigningConfigArn } = settings.whole;
  // A template may name a configuration that only AWS has: nothing is checked by it here, which the start says.
  if (codeSigningConfigArn !== undefined && request.stackId === '') checkCodeSigning(room, codeSigningConfigArn);
  if (options.isConfigured) {
    for (const finding of await checkRole(room, settings, room.functions.arn(functionName), {
      ofTemplate: request.stackId !== '',
    })) {
      refuse([finding.property], finding.message, finding.advice);
      // The API tells Lambda's sentence alone.
      if (request.stackId === '') say(room, `${functionName}: ${finding.message} ${finding.advice}`);
    }
  }
  let code: CodeLocation | undefined;
  try {
    code = await locateCode(settings.code, room);
  } catch (error) {
    if (!(error instanceof CodeNotFound)) throw error;
    refuse(['Code'], error.message, error.advice);
  }
  if (code && findings.length === 0) await checkSize(room, code, settings.layers, refuse);
  if (!code || findings.length > 0) throw new TemplateError(findings);
  return code;
}

function say({ telemetry, clock }: LambdaRoom, message: string): void {
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
}

type Refuse = (path: readonly (string | number)[], message: string, suggestion?: string) => void;

function checkLayers(
  { records, place }: LambdaRoom,
  layers: readonly string[],
  { kept, ofTemplate }: { readonly kept: readonly string[]; readonly ofTemplate: boolean },
  refuse: Refuse,
): void {
  const names = new Map<string, string>();
  for (const [index, arn] of layers.entries()) {
    const path = ['Layers', index];
    const parsed = parseLayerVersionArn(arn);
    const region = arn.split(':')[3];
    if (parsed && region !== place.region) {
      refuse(
        path,
        `Layers are not in the same region as the function. Layers are expected to be in region ${place.region}.`,
      );
      continue;
    }
    // Of a template it is in the account's reach, and what has it keeps it; that it is not here, the start says.
    const isElsewhere = (ofTemplate || kept.includes(arn)) && isLayerOfOtherAccount(arn, place);
    const layer = layerAt(arn, { records, place });
    const isHere = layer !== undefined && (!layer.deleted || kept.includes(arn));
    if (!parsed || !(isHere || isElsewhere)) {
      refuse(path, `Layer version ${arn} does not exist.`, 'layers of other accounts are not on this machine');
      continue;
    }
    const other = names.get(parsed.name);
    if (other !== undefined) {
      refuse(
        path,
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    }
    names.set(parsed.name, arn);
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 250 MB, layers included. */
async function checkSize(
  room: LambdaRoom,
  code: CodeLocation,
  layers: readonly string[],
  refuse: Refuse,
): Promise<void> {
  const locations = [code, ...layers.flatMap((arn) => layerAt(arn, room)?.code ?? [])];
  const sizes = await Promise.all(locations.map((location) => unzippedSizeOf(location, room)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= UNZIPPED_BYTES) return;
  if (layers.length === 0) return refuse(['Code'], `Unzipped size must be smaller than ${UNZIPPED_BYTES} bytes`);
  refuse(
    ['Code'],
    `Function code combined with layers exceeds the maximum allowed size of ${UNZIPPED_BYTES} bytes. The actual size is ${total} bytes.`,
  );
}
