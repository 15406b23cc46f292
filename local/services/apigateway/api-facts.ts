/** What the may door is told of an API before a signed request is let through: its policy, as its stage was deployed. */
import type { ResourceFacts } from '../../kernel/service.ts';
import type { ApiStore } from './api-store.ts';

/** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH` */
const METHOD = /^arn:[^:]+:execute-api:[^:]*:[^:]*:([^/]+)\/([^/]+)/;

export function createApiFacts({ stages }: Pick<ApiStore, 'stages'>): (arn: string) => ResourceFacts | undefined {
  return (arn) => {
    const [, apiId, stage] = METHOD.exec(arn) ?? [];
    const policy = stages.get(`${apiId}/${stage}`)?.policy;
    return policy && { policies: [policy] };
  };
}
