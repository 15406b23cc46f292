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
  // What is between them is in place already. Joined, not added up: a text of many pieces would have to be put together
  // once more when it is sent.
  const pieces = between.flatMap((text) => [text, '']);
  pieces.pop();
  return (texts) => {
    for (let index = 0; index < texts.length; index += 1) pieces[2 * index + 1] = texts[index] as string;
    return pieces.join('');
  };
}
