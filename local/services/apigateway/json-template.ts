/** JSON text with gaps: what is the same in every document is written once, what differs is put in between. */

/** Stands in a document for what it is filled with; no text of a template has NUL characters. */
export function gap(name: string): string {
  return `\0${name}\0`;
}

const GAPS = /"\\u0000(\w+)\\u0000"/;

/** What is known of a gap's JSON text while some of it stays open. */
export interface Around {
  readonly before: string;
  readonly after: string;
}

/** Nothing is known of it: it is filled with JSON text. */
export const OPEN: Around = { before: '', after: '' };

/** For texts that JSON leaves as they are. */
export const QUOTED: Around = { before: '"', after: '"' };

/** Puts texts, in the order of the gaps, into those that are open. */
export type Fill = (texts: readonly string[]) => string;

/**
 * @param document what `JSON.stringify` takes, with `gap(name)` for values that differ; each of `names` once, in the
 *   order in which the document has them
 * @returns closes the gaps whose JSON text is given; the others are open
 */
export function jsonTemplate(
  document: object,
  names: readonly string[],
): (known: Readonly<Record<string, string | Around>>) => Fill {
  const parts = JSON.stringify(document).split(GAPS);
  const found = parts.filter((_, index) => index % 2 === 1);
  if (found.join() !== names.join()) throw new Error(`the document has the gaps ${found}, not ${names}`);
  const between = parts.filter((_, index) => index % 2 === 0);
  return (known) => {
    const closed: string[][] = [[between[0] as string]];
    names.forEach((name, index) => {
      const text = known[name] ?? OPEN;
      const next = between[index + 1] as string;
      if (typeof text === 'string') closed.at(-1)?.push(text, next);
      else {
        closed.at(-1)?.push(text.before);
        closed.push([text.after, next]);
      }
    });
    // Joined, each is one piece for ever; of these, few, the document is added up: that copies it once.
    const pieces = closed.map((texts) => texts.join(''));
    return (texts) => {
      let text = pieces[0] as string;
      for (let index = 0; index < texts.length; index += 1) {
        text += (texts[index] as string) + (pieces[index + 1] as string);
      }
      return text;
    };
  };
}
