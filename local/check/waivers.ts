/**
 * Findings that stay as they are, each with its reason, beside the resource:
 *
 *     Metadata:
 *       sampan:
 *         waivers:
 *           - { code: permission-unused, reason: 'The next release calls it.' }
 *           - { code: permission-missing, about: [PutSecretValue, ADMIN_SECRET_ARN], reason: 'It only reads that one.' }
 *
 * With `about`, only findings whose message holds that text, or all of those texts.
 */
import type { Json, ResourceNode } from '../template/stack.ts';
import type { Facts, Finding } from './contract.ts';
import { below, isObject } from './json.ts';

export const WAIVER_WITHOUT_REASON = 'waiver-without-reason';
export const WAIVER_UNUSED = 'waiver-unused';

interface Waiver {
  readonly resource: string;
  readonly code: string;
  readonly reason: string;
  readonly about: readonly string[];
}

/** The findings with their waivers, and what is wrong with the waivers themselves. `codes`: those there are. */
export function withWaivers(facts: Facts, found: readonly Finding[], codes: ReadonlySet<string>): Finding[] {
  const complaints: Finding[] = [];
  const waivers = [...facts.stack.resources.values()].flatMap((node) => waiversOf(node, facts, codes, complaints));
  const used = new Set<Waiver>();
  const waived = found.map((finding) => {
    const waiver = waivers.find(
      ({ resource, code, about }) =>
        code === finding.code &&
        about.every((text) => finding.message.includes(text)) &&
        isAbout(facts, resource, finding),
    );
    if (!waiver) return finding;
    used.add(waiver);
    return { ...finding, waived: waiver.reason };
  });
  const unused = waivers
    .filter((waiver) => !used.has(waiver))
    .map(({ resource, code }) =>
      complaint(facts, resource, WAIVER_UNUSED, 'warning', `nothing is found that ${code} would waive: take it out`),
    );
  return [...waived, ...complaints, ...unused];
}

/**
 * What SAM makes of a resource stands where the resource does. A reason that is the code's stands at the function,
 * whichever policy it is that refuses: that of its role, or of the endpoint on its way.
 */
function isAbout({ stack }: Facts, resource: string, finding: Finding): boolean {
  if (resource === finding.resource || resource === finding.neededBy) return true;
  const [written, found] = [stack.resources.get(resource)?.at, stack.resources.get(finding.resource ?? '')?.at];
  return written !== undefined && found !== undefined && written.file === found.file && written.line === found.line;
}

function waiversOf(
  { logicalId, metadata }: ResourceNode,
  facts: Facts,
  codes: ReadonlySet<string>,
  complaints: Finding[],
): Waiver[] {
  const list: Json | undefined = below(metadata, 'sampan', 'waivers');
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    complaints.push(
      complaint(facts, logicalId, WAIVER_WITHOUT_REASON, 'error', 'waivers are a list of { code, reason }'),
    );
    return [];
  }
  return list.flatMap((entry) => {
    const { code, reason, about } = isObject(entry) ? entry : {};
    if (typeof code !== 'string' || !codes.has(code)) {
      const text = `a waiver names no check: ${JSON.stringify(code ?? entry)}`;
      complaints.push(complaint(facts, logicalId, WAIVER_WITHOUT_REASON, 'error', text));
      return [];
    }
    if (typeof reason !== 'string' || reason.trim() === '') {
      complaints.push(
        complaint(facts, logicalId, WAIVER_WITHOUT_REASON, 'error', `the waiver of ${code} has no reason: say why`),
      );
      return [];
    }
    const texts = about === undefined ? [] : Array.isArray(about) ? about : [about];
    if (!texts.every((text): text is string => typeof text === 'string' && text !== '')) {
      const text = `the waiver of ${code} is about ${JSON.stringify(about)}: that is no text of a message`;
      complaints.push(complaint(facts, logicalId, WAIVER_WITHOUT_REASON, 'error', text));
      return [];
    }
    return [{ resource: logicalId, code, reason, about: texts }];
  });
}

function complaint(
  { stack }: Facts,
  resource: string,
  code: string,
  severity: Finding['severity'],
  message: string,
): Finding {
  const node = stack.resources.get(resource);
  const at = (node?.metadata && stack.source.at(node.metadata)) ?? node?.at;
  return { code, severity, certainty: 'proved', resource, message, ...(at && { at }) };
}
