/** Published versions. https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
import type { Operation } from '../../../kernel/service.ts';
import { invalidParameter, preconditionFailed } from '../errors.ts';
import { describeVersion } from '../functions/configuration.ts';
import { packageFactsOf } from '../packages/code.ts';
import type { FunctionVersion, LambdaRecords } from '../records.ts';
import { publishVersion } from '../versions-and-aliases/publish.ts';
import { type Paged, page } from './paging.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

interface PublishVersionInput {
  readonly FunctionName: string;
  readonly CodeSha256?: string;
  readonly Description?: string;
  readonly RevisionId?: string;
}

export function versionOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records, through } = parts;

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html */
    PublishVersion: {
      requires: requiresOn(functions, 'PublishVersion'),
      async handle(input: PublishVersionInput) {
        const { name } = functions.reference(input.FunctionName);
        functions.record(name);
        return through.alone(functions.arn(name), async () => {
          const { latest } = functions.record(name);
          if (input.RevisionId !== undefined && input.RevisionId !== latest.revisionId) {
            throw preconditionFailed('GetFunction/GetAlias');
          }
          const { sha256 } = await packageFactsOf(latest.code, parts);
          if (input.CodeSha256 && input.CodeSha256 !== sha256) {
            throw invalidParameter(
              `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${sha256}). Please try again with the CodeSHA256 in $LATEST.`,
            );
          }
          const version = await publishVersion(parts, name, input.Description);
          return describeVersion(version, parts, { qualifier: version.version });
        });
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html */
    ListVersionsByFunction: {
      requires: requiresOn(functions, 'ListVersionsByFunction'),
      async handle(input: Named & Paged) {
        const { name } = functions.reference(input.FunctionName);
        const { latest } = functions.record(name);
        const rows = [latest, ...versionsOf(records, name)].map((version, index) => ({
          key: index === 0 ? '' : version.version.padStart(12, '0'),
          value: version,
        }));
        const { items, NextMarker } = page(rows, input);
        const versions = items.map((version) =>
          describeVersion(version, parts, { qualifier: version.version, as: 'listed' }),
        );
        return { Versions: await Promise.all(versions), NextMarker };
      },
    },
  };
}

/** In the order of their numbers. */
export function versionsOf(records: LambdaRecords, functionName: string): readonly FunctionVersion[] {
  return records.versions
    .list({ prefix: `${functionName}:` })
    .map(({ value }) => value)
    .toSorted((a, b) => Number(a.version) - Number(b.version));
}
