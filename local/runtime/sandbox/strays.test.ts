import { createStrays } from './strays.ts';

interface Row {
  readonly parent: number;
  readonly directory?: string;
}

function tableOf(rows: Map<number, Row>) {
  const read: number[] = [];
  const table = {
    pids: () => [...rows.keys()],
    parentOf: (pid: number) => rows.get(pid)?.parent,
    variableOf(pid: number) {
      read.push(pid);
      return rows.get(pid)?.directory;
    },
  };
  return { table, read };
}

const SUPERVISOR = 100;

it('finds what carries the directory and is nobody’s child any more, and what that has begun', () => {
  const rows = new Map<number, Row>([
    [1, { parent: 0 }],
    [SUPERVISOR, { parent: 1, directory: '/somebody' }],
    [101, { parent: SUPERVISOR, directory: '/run/1/tmp' }],
    [102, { parent: 101, directory: '/run/1/tmp' }],
    [103, { parent: 1, directory: '/run/1/tmp' }],
    [104, { parent: 103, directory: '/run/1/tmp' }],
    [105, { parent: 1, directory: '/run/2/tmp' }],
    [106, { parent: 1 }],
  ]);
  const strays = createStrays(tableOf(rows).table, SUPERVISOR);
  expect(strays.of('/run/1/tmp')).toEqual([103, 104]);
  expect(strays.of('/run/2/tmp')).toEqual([105]);
  expect(strays.of('/run/3/tmp')).toEqual([]);
  rows.delete(103);
  rows.set(104, { parent: 1, directory: '/run/1/tmp' });
  expect(strays.of('/run/1/tmp')).toEqual([104]);
});

it('looks at a process no more often than it must, and again at one that may not have begun yet', () => {
  const now = jest.spyOn(performance, 'now');
  try {
    const rows = new Map<number, Row>([
      [7, { parent: 1 }],
      [8, { parent: 1, directory: '/a' }],
    ]);
    const { table, read } = tableOf(rows);
    const strays = createStrays(table, SUPERVISOR);
    now.mockReturnValue(10_000);
    expect(strays.of('/a')).toEqual([8]);
    rows.set(7, { parent: 1, directory: '/a' });
    now.mockReturnValue(10_900);
    expect(strays.of('/a')).toEqual([8]);
    now.mockReturnValue(11_100);
    expect(strays.of('/a')).toEqual([7, 8]);
    now.mockReturnValue(13_000);
    strays.of('/a');
    expect(read).toEqual([7, 8, 7]);
  } finally {
    now.mockRestore();
  }
});
