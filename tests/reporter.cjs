const { writeFileSync } = require('node:fs');

/**
 * Prints what was skipped and why, and the one line that closes a run: `N passed, N failed, N skipped`. Writes the same by
 * file to where `tests/run.mjs` reads it.
 */
class Reporter {
  onRunComplete(_contexts, results) {
    const files = Object.fromEntries(results.testResults.map((file) => [file.testFilePath, countsOf(file)]));
    // A skipped test names its reason in its own title, where the reader of the code sees it too.
    for (const { skipped } of Object.values(files)) {
      for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    }
    for (const file of results.testResults.filter((result) => result.testExecError)) {
      process.stdout.write(`did not run: ${file.testFilePath}\n`);
    }
    process.stdout.write(closingLine(Object.values(files)));
    const summary = process.env.SAMPAN_TEST_SUMMARY;
    if (summary) writeFileSync(summary, JSON.stringify(files));
  }
}

/** Of files as `countsOf` counts them. */
function closingLine(files) {
  const sum = (count) => files.reduce((total, file) => total + count(file), 0);
  return `${sum((file) => file.passed)} passed, ${sum((file) => file.failed)} failed, ${sum((file) => file.skipped.length)} skipped\n`;
}

/** A file that broke before its tests ran counts as one that failed. */
function countsOf(file) {
  return {
    passed: file.numPassingTests,
    failed: file.numFailingTests + (file.testExecError ? 1 : 0),
    skipped: file.testResults
      .filter((test) => test.status === 'pending' || test.status === 'disabled')
      .map((test) => test.fullName),
  };
}

module.exports = Object.assign(Reporter, { closingLine });
