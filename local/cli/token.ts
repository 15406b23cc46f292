/** `sampan token`: one fresh token of a user, from the instance that runs. */
import type { LocalToken } from './local-token.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { findRunning } from './running.ts';
import { UserError } from './user-error.ts';

export interface TokenFlags extends ProjectFlags {
  readonly user?: string;
  readonly pool?: string;
  readonly client?: string;
  readonly access: boolean;
  readonly json: boolean;
}

/** The token alone on stdout, so that `$(sampan token)` is one. Rejects with UserError. */
export async function printToken(flags: TokenFlags, out: Output): Promise<number> {
  const project = findProject(flags, process.cwd());
  const running = await findRunning(project.stateDirectory);
  if (!running) {
    throw new UserError(
      project.stateDirectory === 'memory'
        ? '--state memory: nothing says where that instance runs; leave the flag out'
        : `nothing runs on ${project.stateDirectory}: start it with sampan start`,
    );
  }
  const question = new URLSearchParams();
  for (const name of ['user', 'pool', 'client'] as const) {
    const value = flags[name];
    if (value !== undefined) question.set(name, value);
  }
  const response = await fetch(`${running.awsUrl}/_sampan/token?${question}`);
  const answer = (await response.json()) as LocalToken | { readonly message: string };
  if ('message' in answer) throw new UserError(answer.message);
  const text = flags.json ? JSON.stringify(answer, null, 2) : flags.access ? answer.accessToken : answer.idToken;
  out.stream.write(`${text}\n`);
  return 0;
}
