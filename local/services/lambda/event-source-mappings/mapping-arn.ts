import type { Place } from '../names.ts';

export function mappingArn({ partition, region, accountId }: Place, uuid: string): string {
  return `arn:${partition}:lambda:${region}:${accountId}:event-source-mapping:${uuid}`;
}
