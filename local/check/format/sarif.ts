/**
 * SARIF 2.1.0, which code hosts show beside the lines.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Finding, Severity } from '../contract.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

/** @param titles by code, the first line of its page */
export function formatSarif(found: readonly Finding[], version: string, titles: ReadonlyMap<string, string>): string {
  const codes = [...new Set(found.map(({ code }) => code))].toSorted();
  const rules = codes.map((id) => ({
    id,
    shortDescription: { text: titles.get(id) ?? id },
    help: { text: `sampan check --explain ${id}` },
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'sampan', version, rules } },
        columnKind: 'utf16CodeUnits',
        results: found.map((finding) => resultOf(finding, codes)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf(finding: Finding, codes: readonly string[]): object {
  const { code, severity, certainty, message, remedy, resource, at, waived } = finding;
  // An error that is not proved must not stop a merge: SARIF has no certainty, but it has levels.
  const level = severity === 'error' && certainty === 'unknown' ? 'warning' : LEVELS[severity];
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level,
    message: { text: remedy === undefined ? message : `${message}\n\n${remedy}` },
    ...(at && {
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: encodeURI(at.file) },
            region: { startLine: at.line, startColumn: at.column },
          },
          ...(resource !== undefined && { logicalLocations: [{ name: resource, kind: 'resource' }] }),
        },
      ],
    }),
    properties: { certainty },
    ...(waived !== undefined && { suppressions: [{ kind: 'inSource', justification: waived }] }),
  };
}
