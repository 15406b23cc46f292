/** Every line of the network, and of whom functions let in: see `describe-lines.ts`. */
import { describeLines } from './describe-lines.ts';
import { isAboutPermissions } from './rounds.ts';

describeLines((line) => !isAboutPermissions(line));
