/** Load, cold starts and memory, as figures. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const hasWrk = spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined;

/** What makes the requests: `wrk` where it is installed, else autocannon, which itself needs most of a core. */
export const generator = hasWrk ? 'wrk' : 'autocannon';

/** @returns {Promise<{ rps: number, p50: number, p99: number, errors: number }>} requests a second, milliseconds */
export async function load(url, connections, seconds, headers = {}) {
  return hasWrk
    ? await loadByWrk(url, connections, seconds, headers)
    : await loadByAutocannon(url, connections, seconds, headers);
}

async function loadByWrk(url, connections, seconds, headers) {
  const sent = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const said = await output('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...sent, url]);
  const milliseconds = (label) => {
    const [, value, unit] = new RegExp(`${label}\\s+([\\d.]+)(us|ms|s)`).exec(said) ?? [];
    return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
  };
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1] ?? 0;
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(said)?.slice(1) ?? [];
  const errors = Number(failed) + broken.reduce((sum, count) => sum + Number(count), 0);
  return {
    rps: Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]),
    p50: milliseconds('50%'),
    p99: milliseconds('99%'),
    errors,
  };
}

async function loadByAutocannon(url, connections, seconds, headers) {
  const autocannon = createRequire(import.meta.url)('autocannon');
  const result = await autocannon({ url, connections, duration: seconds, headers });
  return {
    rps: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    errors: result.errors + result.non2xx + result.timeouts,
  };
}

function output(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.on('error', reject);
    child.on('close', () => resolve(said));
  });
}

/** A process and everything below it; Linux only. */
export function processesOfTree(pid) {
  if (process.platform !== 'linux') return undefined;
  const children = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended meanwhile.
    }
  }
  const processes = [];
  const visit = (id) => {
    processes.push({ pid: id });
    for (const child of children.get(id) ?? []) visit(child);
  };
  visit(pid);
  return processes;
}

/** What a process and everything below it have taken of the processors since they began, in seconds; Linux only. */
export function processorSecondsOfTree(root) {
  return processesOfTree(root)?.reduce((sum, { pid }) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
      // utime and stime, in hundredths of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
      return sum + (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      return sum;
    }
  }, 0);
}

/** Resident memory of a process and everything below it, MB, by name; Linux only. */
export function memoryOfTree(root) {
  return processesOfTree(root)?.flatMap(({ pid }) => {
    try {
      const megabytes =
        Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
      return [{ name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), megabytes }];
    } catch {
      // It ended meanwhile, or is somebody else's.
      return [];
    }
  });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `median (min–max)` */
export function spread(values, digits = 0) {
  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
}
