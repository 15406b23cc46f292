/** `sampan cost`: what the stack costs a month, from the template and a load that was recorded or is given. Starts nothing. */
import { costReport, formatCost, type Given, loadOf } from '../cost/index.ts';
import { drawCloud } from './drawn-cloud.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { readRecordedLoad } from './recorded-load.ts';

export interface CostFlags extends ProjectFlags {
  readonly format: 'text' | 'json';
  readonly requests?: number;
  readonly durationMs?: number;
  /** MB; in place of what the template gives every function. */
  readonly memory?: number;
  readonly coldShare?: number;
  readonly initMs?: number;
  readonly logsGb?: number;
  readonly dataGb?: number;
  readonly objectsGb?: number;
  readonly users?: number;
  /** False: what was recorded counts for nothing. */
  readonly recorded: boolean;
}

/** Resolves with the exit code. Rejects with TemplateError for a template that cannot be read. */
export async function showCost(flags: CostFlags, out: Output): Promise<number> {
  const project = findProject(flags, process.cwd());
  const cloud = await drawCloud(project);
  try {
    const resources = cloud.resources();
    const recording = flags.recorded ? readRecordedLoad(project, resources) : undefined;
    const report = costReport({
      stack: project.stackName,
      region: project.region,
      resources,
      load: loadOf(resources, recording, givenBy(flags)),
      ...(flags.memory !== undefined && { memoryMb: flags.memory }),
    });
    out.stream.write(flags.format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : formatCost(report));
    return 0;
  } finally {
    await cloud.close();
  }
}

function givenBy({ users, ...flags }: CostFlags): Given {
  return { ...flags, ...(users !== undefined && { activeUsers: users }) };
}
