/**
 * fast-check as the tests get it: with the same seed in every run, so that what is red was made red by a change.
 * `SAMPAN_SEED=random npm test` looks for what nobody has seen yet; `SAMPAN_SEED=N` looks again.
 */
// By its path: its name leads here.
const fastCheck = require('../node_modules/fast-check/lib/cjs/fast-check.js');

const { SAMPAN_SEED: asked = '20261121' } = process.env;
if (asked !== 'random') {
  if (!Number.isInteger(Number(asked))) throw new Error(`SAMPAN_SEED is ${asked}: neither a whole number nor "random"`);
  fastCheck.configureGlobal({ seed: Number(asked) });
}

module.exports = fastCheck;
