/** Numbers as a line of blocks, e.g. `▁▃█▅`. */
const BLOCKS = '▁▂▃▄▅▆▇█';
const WIDEST = 100;

/** At most a hundred blocks: of more values the largest of each part is shown, since peaks are what people look for. */
export function sparkline(values: readonly number[]): string {
  const shown = values.length <= WIDEST ? values : parts(values);
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  const height = most - least || 1;
  return shown.map((value) => BLOCKS[Math.min(7, Math.floor(((value - least) / height) * 8))]).join('');
}

function parts(values: readonly number[]): number[] {
  const size = values.length / WIDEST;
  return Array.from({ length: WIDEST }, (_, index) =>
    Math.max(
      ...values.slice(Math.floor(index * size), Math.max(Math.floor(index * size) + 1, Math.floor((index + 1) * size))),
    ),
  );
}
