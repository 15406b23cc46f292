/** Facts in, findings out: every rule, then the waivers, in the order of the template. */
import type { Diagnostic, TemplateError } from '../template/stack.ts';
import type { Facts, Finding } from './contract.ts';
import { RULES } from './rules/index.ts';
import { WAIVER_UNUSED, WAIVER_WITHOUT_REASON, withWaivers } from './waivers.ts';

/** What is wrong with the template itself: then nothing else can be looked at. */
export const TEMPLATE_INVALID = 'template-invalid';
/** What the template's reader has doubts about. */
export const TEMPLATE_WARNING = 'template-warning';

export const CODES: ReadonlySet<string> = new Set([
  TEMPLATE_INVALID,
  TEMPLATE_WARNING,
  ...RULES.map(({ code }) => code),
  WAIVER_WITHOUT_REASON,
  WAIVER_UNUSED,
]);

export async function check(facts: Facts): Promise<Finding[]> {
  const found = facts.stack.diagnostics.map((diagnostic) => fromDiagnostic(diagnostic, TEMPLATE_WARNING));
  for (const rule of RULES) found.push(...(await rule.find(facts)));
  return inOrder(withWaivers(facts, distinct(found), CODES));
}

export function templateFindings({ diagnostics }: TemplateError): Finding[] {
  return diagnostics.map((diagnostic) => fromDiagnostic(diagnostic, TEMPLATE_INVALID));
}

function fromDiagnostic(
  { severity, code, message, at, resource, property, suggestion }: Diagnostic,
  as: string,
): Finding {
  const hint = suggestion === undefined ? '' : ` (${suggestion})`;
  const subject = property === undefined ? '' : `${property}: `;
  return {
    code: as,
    severity,
    certainty: 'proved',
    message: `${subject}${message}${hint} [${code}]`,
    ...(at && { at }),
    ...(resource !== undefined && { resource }),
  };
}

/** Exit codes: 0 nothing that is proved to fail, 1 otherwise. */
export function hasProvedErrors(found: readonly Finding[]): boolean {
  return found.some(({ severity, certainty, waived }) => {
    return severity === 'error' && certainty !== 'unknown' && waived === undefined;
  });
}

function distinct(found: readonly Finding[]): Finding[] {
  return [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()];
}

function inOrder(found: readonly Finding[]): Finding[] {
  const rank = { error: 0, warning: 1, info: 2 };
  return found.toSorted(
    (a, b) =>
      Number(a.waived !== undefined) - Number(b.waived !== undefined) ||
      rank[a.severity] - rank[b.severity] ||
      (a.at?.file ?? '').localeCompare(b.at?.file ?? '') ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      a.code.localeCompare(b.code),
  );
}
