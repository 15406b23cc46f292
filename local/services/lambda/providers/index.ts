/** The CloudFormation types of this service. Templates and the API make, change and remove through these alone. */
import type { Provider } from '../../../kernel/provider.ts';
import type { LambdaRoom } from '../room.ts';
import { aliasProvider } from './alias.ts';
import { codeSigningConfigProvider } from './code-signing-config.ts';
import { eventInvokeConfigProvider } from './event-invoke-config.ts';
import { eventSourceMappingProvider } from './event-source-mapping.ts';
import { functionProvider } from './function.ts';
import { layerVersionProvider } from './layer-version.ts';
import { layerVersionPermissionProvider } from './layer-version-permission.ts';
import { permissionProvider } from './permission.ts';
import { urlProvider } from './url.ts';
import { versionProvider } from './version.ts';

const PROVIDERS = {
  'AWS::Lambda::Alias': aliasProvider,
  'AWS::Lambda::CodeSigningConfig': codeSigningConfigProvider,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfigProvider,
  'AWS::Lambda::EventSourceMapping': eventSourceMappingProvider,
  'AWS::Lambda::Function': functionProvider,
  'AWS::Lambda::LayerVersion': layerVersionProvider,
  'AWS::Lambda::LayerVersionPermission': layerVersionPermissionProvider,
  'AWS::Lambda::Permission': permissionProvider,
  'AWS::Lambda::Url': urlProvider,
  'AWS::Lambda::Version': versionProvider,
} as const satisfies Readonly<Record<string, (room: LambdaRoom) => Provider>>;

export type LambdaResourceType = keyof typeof PROVIDERS;

export type LambdaProviders = Readonly<Record<LambdaResourceType, Provider>>;

export const RESOURCE_TYPES = Object.keys(PROVIDERS) as readonly LambdaResourceType[];

export function lambdaProviders(room: LambdaRoom): LambdaProviders {
  return Object.fromEntries(Object.entries(PROVIDERS).map(([type, make]) => [type, make(room)])) as LambdaProviders;
}
