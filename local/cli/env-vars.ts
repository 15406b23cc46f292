/**
 * `--env-vars FILE` as `sam local` takes it: `{"Parameters": {…}}` for all functions, or by logical id; only variables
 * that the template declares are overridden.
 */
import { readFileSync } from 'node:fs';
import type { EnvironmentLauncher, EnvironmentSpec } from '../services/lambda/contract.ts';
import { UserError } from './user-error.ts';

/** Variables by function (logical id or name), `Parameters` for all. */
export type EnvironmentOverrides = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Throws `UserError` for a file that cannot be read or has another shape. */
export function readEnvVars(file: string): EnvironmentOverrides {
  let tree: unknown;
  try {
    tree = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`${file} (--env-vars): ${(error as Error).message}`, 2);
  }
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isRecord(tree) || !Object.values(tree).every(isRecord)) {
    throw new UserError(`${file} (--env-vars) must be an object of objects: {"Parameters": {"NAME": "value"}}`, 2);
  }
  return Object.fromEntries(
    Object.entries(tree as Record<string, Record<string, unknown>>).map(([name, variables]) => [
      name,
      Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
    ]),
  );
}

/** A launcher that starts environments with the overridden variables. */
export function withEnvVars(launcher: EnvironmentLauncher, overrides: EnvironmentOverrides): EnvironmentLauncher {
  return {
    launch: (spec, initializationType, isBackground) =>
      launcher.launch({ ...spec, environment: overridden(spec, overrides) }, initializationType, isBackground),
    stop: () => launcher.stop(),
  };
}

function overridden(spec: EnvironmentSpec, overrides: EnvironmentOverrides): Record<string, string> {
  const wanted = { ...overrides['Parameters'], ...overrides[spec.functionName], ...overrides[spec.label] };
  return Object.fromEntries(Object.entries(spec.environment).map(([name, value]) => [name, wanted[name] ?? value]));
}
