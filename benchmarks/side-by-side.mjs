/** One case, of several servers in turn: what each of them managed, and who did not. */
import { processorSecondsOfTree, spread } from './measure.mjs';
import { repeat } from './sdk.mjs';

/**
 * Prints the case and the ratios of `sampan` to each other server. A peer that fails is named with what it answered and left
 * out of this case alone; when Sampan fails, so does the run.
 *
 * @param bench what `run.mjs` gives every part
 * @param started servers by name, `sampan` among them
 * @param sends what each of them is asked, by name: once, resolving when it is answered
 * @param broken why a peer cannot be asked at all, by name
 * @param perCall how many of `what` one call moves
 */
export async function sideBySide(
  { say, alternate, ratioRow, seconds },
  { title, started, sends, lanes, broken = {}, perCall = 1, what = '' },
) {
  const names = Object.keys(started);
  const failures = { ...broken };
  const runs = Object.fromEntries(names.map((name) => [name, []]));
  await alternate(names, async (name) => {
    if (failures[name] !== undefined) return;
    try {
      const before = processorSecondsOfTree(started[name].pid);
      const run = await repeat(sends[name], lanes, seconds);
      const after = processorSecondsOfTree(started[name].pid);
      runs[name].push({
        ...run,
        processorMs: before === undefined ? undefined : ((after - before) * 1000) / run.calls,
      });
    } catch (error) {
      if (name === 'sampan') throw error;
      failures[name] = error.message;
    }
  });
  say(`  ${title}, from ${lanes === 1 ? 'one place' : `${lanes} places`}`);
  for (const name of names) {
    if (failures[name] !== undefined) say(`    ${name.padEnd(16)} failed: ${firstLine(failures[name])}`);
    else say(`    ${name.padEnd(16)} ${lineOf(runs[name], perCall, what)}`);
  }
  const rates = (name) => runs[name].map(({ rps }) => rps);
  for (const name of names.slice(1)) {
    if (failures[name] === undefined) ratioRow(`  sampan / ${name}`, rates('sampan'), rates(name), '≥ 1');
  }
}

function lineOf(runs, perCall, what) {
  const rates = runs.map(({ rps }) => rps);
  const events = perCall === 1 ? '' : `, ${spread(rates.map((rps) => rps * perCall))} ${what}`;
  const p50 = spread(
    runs.map((run) => run.p50),
    2,
  );
  const spent = runs.map(({ processorMs }) => processorMs);
  const processor = spent.includes(undefined) ? '' : `   processor ${spread(spent, 2)} ms a call`;
  return `${spread(rates)}${events} a second   p50 ${p50} ms${processor}`;
}

/** Servers explain themselves at length. */
const firstLine = (text) => text.split('\n')[0].slice(0, 200);
