/**
 * Text of strangers, on its way into a model's prompt: between marks that nobody can foretell, without characters that
 * people do not see, and cut to a budget.
 */

/** One thing somebody else has written. */
export interface Untrusted {
  readonly kind: 'subject' | 'message' | 'attachment';
  /** Who wrote it, in our words. */
  readonly from: 'customer' | 'agent';
  readonly text: string;
}

/**
 * Characters that a model reads and a person does not: zero-width and turning ones, tags, variation selectors of no
 * glyph, controls but line breaks and tabs.
 */
const UNSEEN =
  /\u034f|\u17b4|\u17b5|[\u180b-\u180f]|[\u00ad\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e0fff}]|[^\P{Cc}\t\n]/gu;

export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(UNSEEN, '');
}

/**
 * The parts, each between marks with the boundary. Where a text has the boundary in it, it is somebody's copy of an old
 * one and is taken out: what stands between two marks never ends early.
 * @param boundary new for every prompt, and not to be guessed: at least 16 characters of [a-z0-9]
 */
export function fenced(parts: readonly Untrusted[], boundary: string): string {
  if (!/^[a-z0-9]{16,}$/.test(boundary)) throw new RangeError('a boundary is 16 characters of a-z and 0-9 at least');
  return parts
    .map(({ kind, from, text }) => {
      const inside = visible(text).replaceAll(new RegExp(boundary, 'gi'), '');
      return `<data-${boundary} kind="${kind}" from="${from}">\n${inside}\n</data-${boundary}>`;
    })
    .join('\n');
}

/** What a text costs, at most: of models' tokens hardly any is shorter than three bytes. */
export function estimatedTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

export interface Kept {
  readonly parts: readonly Untrusted[];
  /** Parts that were left out or cut. */
  readonly shortened: number;
}

/** What the marks around a part cost. */
const FRAME_TOKENS = 30;
/** Less of a text than this tells nothing. */
const LEAST_TOKENS = 50;

/**
 * As much as the budget allows, by importance: the subject, then messages from the newest to the oldest, then
 * attachments. What does not fit whole is cut; the order stays.
 */
export function withinBudget(parts: readonly Untrusted[], tokens: number): Kept {
  const importance = (part: Untrusted, index: number): number => {
    if (part.kind === 'subject') return 0;
    return (part.kind === 'message' ? 1 : 2) * 1_000_000 - index;
  };
  const ranked = parts
    .map((part, index) => ({ part, index, rank: importance(part, index) }))
    .sort((one, other) => one.rank - other.rank);
  const kept = new Map<number, Untrusted>();
  let left = tokens;
  let shortened = 0;
  for (const { part, index } of ranked) {
    const room = left - FRAME_TOKENS;
    const text =
      estimatedTokens(part.text) <= room ? part.text : room >= LEAST_TOKENS ? cut(part.text, room) : undefined;
    if (text !== part.text) shortened += 1;
    if (text === undefined) continue;
    kept.set(index, { ...part, text });
    left = room - estimatedTokens(text);
  }
  return { parts: parts.flatMap((_, index) => kept.get(index) ?? []), shortened };
}

const GAP = '\n[…]\n';

/** Beginning and end of a text: what somebody wants stands in one of them. */
function cut(text: string, tokens: number): string {
  const bytes = Buffer.from(text);
  const half = Math.floor((tokens * 3 - Buffer.byteLength(GAP)) / 2);
  // Half a character at either side of the gap is left out.
  const head = bytes
    .subarray(0, half)
    .toString('utf8')
    .replace(/\ufffd+$/u, '');
  const tail = bytes
    .subarray(-half)
    .toString('utf8')
    .replace(/^\ufffd+/u, '');
  return `${head}${GAP}${tail}`;
}
