/** JSON text with gaps: what is the same in every document is written once, what differs is put in between. */

/** Stands in a document for what `fill` is given; no text of a template has NUL characters. */
export function gap(name: string): string {
  return `\0${name}\0`;
}

const GAPS = /"\\u0000(\w+)\\u0000"/;

/**
 * @param document what `JSON.stringify` takes, with `gap(name)` for values that differ; each of `names` once, in the
 *   order in which the document has them
 * @returns puts JSON texts, in the order of `names`, into the gaps
 */
export function jsonTemplate(document: object, names: readonly string[]): (texts: readonly string[]) => string {
  const parts = JSON.stringify(document).split(GAPS);
  const found = parts.filter((_, index) => index % 2 === 1);
  if (found.join() !== names.join()) throw new Error(`the document has the gaps ${found}, not ${names}`);
  const between = parts.filter((_, index) => index % 2 === 0);
  // Added up, not joined: that takes a third of the time, the copy into a buffer included.
  return (texts) => {
    let text = between[0] as string;
    for (let index = 0; index < texts.length; index += 1) {
      text += (texts[index] as string) + (between[index + 1] as string);
    }
    return text;
  };
}
