/** Differences that a test on one Linux machine cannot meet, each with what it would take. Nothing else is excused. */
export const NOT_TESTABLE: Readonly<Record<string, string>> = {
  P7: 'takes a process that comes and goes between two looks at the memory, which a busy machine lengthens at will',
  P14: 'takes macOS',
  L15: 'takes 75 GB of uploaded code',
  S1: 'takes Docker on a machine that is not Linux',
  S2: 'takes Docker: `npm run test:sam-local` runs there',
};
