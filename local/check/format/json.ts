import type { Finding } from '../contract.ts';

/** For programs: the findings as they are, waived ones too. */
export function formatJson(found: readonly Finding[]): string {
  return `${JSON.stringify({ findings: found.map((finding) => ({ ...finding, page: `docs/checks/${finding.code}.md` })) }, null, 2)}\n`;
}
