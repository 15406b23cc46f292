/** The CloudFormation types of EventBridge. */
import type { Provider } from '../../../kernel/provider.ts';
import type { ApiDestinations } from '../api-destinations.ts';
import type { Archives } from '../archives.ts';
import type { Connections } from '../connections.ts';
import type { Room } from '../room.ts';
import { busPolicyProvider, busProvider } from './bus.ts';
import { apiDestinationProvider, archiveProvider, connectionProvider } from './plain.ts';
import { ruleProvider } from './rule.ts';

interface Parts {
  readonly archives: Archives;
  readonly connections: Connections;
  readonly apiDestinations: ApiDestinations;
}

export function providers(room: Room, { archives, connections, apiDestinations }: Parts): Record<string, Provider> {
  return {
    'AWS::Events::EventBus': busProvider(room),
    'AWS::Events::EventBusPolicy': busPolicyProvider(room),
    'AWS::Events::Rule': ruleProvider(room),
    'AWS::Events::Archive': archiveProvider(room, archives),
    'AWS::Events::Connection': connectionProvider(connections),
    'AWS::Events::ApiDestination': apiDestinationProvider(apiDestinations),
  };
}
