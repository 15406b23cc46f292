/** Every check: the commands it runs (the first that fails ends it) and the tools it needs first. */
import { join } from 'node:path';

/** @param scratch a folder for what checks make */
export function checks(scratch) {
  const expanded = join(scratch, 'template.json');
  const build = join(scratch, 'build');
  const expand = ['python', 'tests/template/expand.py', 'template.yaml', expanded];
  return {
    types: { commands: [['tsc', '-p', '.']] },
    'lint and format': { commands: [['biome', 'check', '--error-on-warnings', '.']] },
    'import directions': {
      commands: [
        [
          'depcruise',
          '--config',
          '.dependency-cruiser.cjs',
          'local',
          'api',
          'database',
          'domain',
          'functions',
          'layers',
        ],
      ],
    },
    'committed files': { commands: [['node', 'tests/checks/committed.mjs']] },
    // cfn-lint on the template as written does not run the transform; SAM's own validation is only the transform; and
    // neither looks at what the transform makes. Each has caught what the others let pass.
    'template gate 1: sam validate --lint': { tools: ['python'], commands: [['sam', 'validate', '--lint']] },
    'template gate 2: sam validate': { tools: ['python'], commands: [['sam', 'validate']] },
    'template gate 3: expanded, cfn-lint': {
      tools: ['python'],
      commands: [expand, ['cfn-lint', '--regions', 'us-east-1', '--non-zero-exit-code', 'warning', '--', expanded]],
    },
    'template gate 3: expanded, checkov': {
      tools: ['python'],
      commands: [
        expand,
        ['checkov', '--quiet', '--compact', '--skip-download', '--framework', 'cloudformation', '-f', expanded],
      ],
    },
    'template gate 3: expanded, cdk-nag': {
      tools: ['python', 'nag'],
      commands: [expand, ['node', 'tests/template/nag/nag.mjs', expanded]],
    },
    'sam build, and the same answers from its handlers as from ours': {
      tools: ['python'],
      commands: [
        ['sam', 'build', '--build-dir', build],
        ['jest', '--reporters', 'default', '--', 'tests/integration/sam-build'],
      ],
      environment: { SAM_BUILD_DIRECTORY: build },
    },
  };
}
