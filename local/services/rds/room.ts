/** What the providers and operations of this service share. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { Fleet } from './fleet.ts';
import type { Place } from './names.ts';
import type { ProxyFronts } from './proxy/fronts.ts';
import type { TemplateNames } from './proxy/missing-auth.ts';
import type { Records } from './records.ts';
import type { Registrar } from './registrar.ts';
import type { ServerSource } from './server-source.ts';

export interface RdsRoom {
  readonly context: ServiceContext;
  readonly place: Place;
  readonly names: TemplateNames;
  readonly records: Records;
  readonly source: ServerSource;
  readonly fleet: Fleet;
  readonly registrar: Registrar;
  readonly fronts: ProxyFronts;
}
