/** Every line of roles, their policies and keys: see `describe-lines.ts`. */
import { describeLines } from './describe-lines.ts';
import { isAboutPermissions } from './rounds.ts';

describeLines(isAboutPermissions);
