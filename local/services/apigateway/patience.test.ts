import { createPatience } from './patience.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('who is answered in time hears nothing; who is not is told once, in order', async () => {
  const patience = createPatience();
  const lost: string[] = [];
  const answered = patience.wait(30, () => lost.push('answered'));
  patience.wait(30, () => lost.push('first'));
  patience.wait(20, () => lost.push('impatient'));
  await sleep(10);
  patience.wait(30, () => lost.push('later'));
  answered.end();
  await sleep(120);
  expect(lost).toEqual(['impatient', 'first', 'later']);
});

test('a line that was empty when its timer fired serves again', async () => {
  const patience = createPatience();
  patience.wait(5, () => {}).end();
  await sleep(20);
  const begun = performance.now();
  await new Promise<void>((resolve) => patience.wait(20, resolve));
  expect(performance.now() - begun).toBeGreaterThanOrEqual(20);
});
