/** Texts with `*` in them, matched without regular expressions, which some patterns keep busy for ever. */

/**
 * Whether all of `value` is what `pattern` says, `*` standing for any characters and, with `single`, `?` for one. Never
 * takes longer than both lengths multiplied.
 */
export function matchesWildcard(pattern: string, value: string, single = false): boolean {
  let at = 0;
  let place = 0;
  // The last star only is ever gone back to: what it may take grows by one each time.
  let star = -1;
  let resume = 0;
  while (place < value.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      resume = place;
    } else if (wanted === value[place] || (single && wanted === '?')) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
