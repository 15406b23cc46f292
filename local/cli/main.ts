/** The commands and their flags, named as `sam local` names them. Each loads only what it needs. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { bedrockFaults, bedrockSource } from './bedrock-flags.ts';
import { cacheDirectory } from './cache-directory.ts';
import { printFailure } from './failures.ts';
import type { Installation } from './installation.ts';
import { createOutput } from './output/terminal.ts';
import { UNREAD } from './stop-signal.ts';

/** Runs one command line; sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const said = createOutput(process.stderr);
  const out = createOutput(process.stdout);
  endOnFailure((error) => printFailure(error, said));
  try {
    const program = describe(async (run) => {
      process.exitCode = await run();
    });
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Commander has printed its own message; usage errors are 2, help and version 0.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else process.exitCode = printFailure(error, said);
  }
  // What is still open by now (an idle keep-alive connection, say) is nobody's concern any more.
  // Behind what printers have queued for the end of this turn.
  setImmediate(() => out.stream.write('', () => said.stream.write('', () => process.exit())));

  function describe(act: (run: () => Promise<number>) => Promise<void>): Command {
    const program = new Command('sampan')
      .description('Runs any Node SAM template on this machine with the same yes and the same no as AWS.')
      .version(installation().version, '-v, --version')
      .exitOverride()
      .enablePositionalOptions()
      .showSuggestionAfterError()
      .configureHelp({ showGlobalOptions: true });

    cloudFlags(program.command('start'), 3000)
      .description('Run the template: its API, every AWS service it needs, its database. Ctrl-C ends it.')
      .option('-l, --log-file <file>', 'append function logs to this file too')
      .option('--no-watch', 'do not look for edits')
      .option('--no-proactive-init', 'no execution environment before a request needs it')
      .option(
        '--services-only',
        'no API: for functions that run elsewhere, such as in the containers of sam local',
        false,
      )
      .action((flags) => act(async () => (await import('./start.ts')).start(flags, installation(), said, out)));

    cloudFlags(program.command('start-lambda'), 3001, 0)
      .description('Run the functions behind an endpoint of Lambda, for the AWS CLI and SDKs. Ctrl-C ends it.')
      .argument('[functions...]', 'logical ids; all when left out')
      .option('-l, --log-file <file>', 'append function logs to this file too')
      .option('--no-watch', 'do not look for edits')
      .action((lambda: string[], flags) =>
        act(async () => (await import('./start.ts')).start({ ...flags, lambda }, installation(), said, out)),
      );

    cloudFlags(program.command('invoke'), undefined)
      .description('Invoke one function: its response on stdout, its logs on stderr.')
      .argument('[function]', 'logical id or name; may be left out when there is only one')
      .option('-e, --event <file>', 'the event, JSON; - reads stdin; {} when left out')
      .action((name: string | undefined, flags) =>
        act(async () => (await import('./invoke.ts')).invoke(name, flags, installation(), said, out)),
      );

    projectFlags(program.command('check'))
      .description('Find what AWS would refuse, in the template and in the code, without starting anything.')
      .addOption(
        new Option('--format <format>', 'how findings are written').choices(['text', 'json', 'sarif']).default('text'),
      )
      .option('--explain <code>', 'show what a check is about and how to mend it')
      .option(
        '--account-concurrency <n>',
        "Lambda's concurrent executions in the account; 1000 when left out, a new account has 10",
        atLeast(1),
      )
      .addHelpText('after', CHECK_EXIT_CODES)
      .action((flags) => act(async () => (await import('./check.ts')).runCheck(flags, installation(), out)));

    projectFlags(program.command('cost'))
      .description('Say what the stack costs a month, line by line; for the load that was recorded, or one you give.')
      .option('--requests <n>', 'API requests a month: 10M, 250k', amount)
      .option('--duration-ms <n>', 'of an invocation; as recorded when left out, else 50', atLeast(0))
      .option('--memory <mb>', 'of every function, in place of what the template says', atLeast(128))
      .option('--cold-share <n>', 'of invocations that start cold, 0 to 1; 0.01 when left out', share)
      .option('--init-ms <n>', 'that a cold start takes; as recorded when left out, else 300', atLeast(0))
      .option('--logs-gb <n>', 'a month; as recorded when left out, else 1 KB a request', atLeast(0))
      .option('--data-gb <n>', 'a month through endpoints or NAT', atLeast(0))
      .option('--objects-gb <n>', 'kept in buckets', atLeast(0))
      .option('--users <n>', 'active users a month', amount)
      .option('--no-recorded', 'leave out what was recorded here')
      .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
      .action((flags) => act(async () => (await import('./cost.ts')).showCost(flags, out)));

    cloudFlags(program.command('tune'), undefined)
      .description('Run a function at several memory sizes: how long it takes, what it costs, which is best.')
      .argument('[function]', 'logical id or name; may be left out when there is only one')
      .option('-e, --event <file>', 'the event, JSON; - reads stdin; {} when left out')
      .option('--sizes <list>', 'memory sizes in MB', memorySizes, [128, 256, 512, 1024, 1769, 3008])
      .option('-i, --invocations <n>', 'warm invocations of each size', atLeast(1), 20)
      .option('--cold <n>', 'cold starts of each size', atLeast(1), 3)
      .option('--json', 'as JSON', false)
      .action((name: string | undefined, flags) =>
        act(async () => (await import('./tune.ts')).tune(name, flags, installation(), said, out)),
      );

    projectFlags(program.command('template'))
      .description('Print the CloudFormation that the SAM transform makes of the template, as JSON.')
      .action((flags) => act(async () => (await import('./template.ts')).printTemplate(flags, out)));

    projectFlags(program.command('explain'))
      .description('Say whether a function may do something, or gets somewhere, with everything that decides it.')
      .argument('<function>', 'logical id or name')
      .argument('<what>', 'an action, secretsmanager:GetSecretValue, or a place, example.com:443')
      .argument(
        '[resource]',
        'of an action: an ARN, a logical id, LogicalId.Attribute, LogicalId/path; * when left out',
      )
      .option('-c, --context <pairs...>', 'condition keys of the request: kms:ViaService=sqs.us-east-1.amazonaws.com')
      .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
      .action((functionName: string, what: string, resource: string | undefined, flags) =>
        act(async () => (await import('./explain.ts')).explainQuestion({ functionName, what, resource }, flags, out)),
      );

    projectFlags(program.command('network'))
      .description('Show which function reaches which service, database and the internet; of one function, hop by hop.')
      .argument('[function]', 'logical id; a table of all when left out')
      .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
      .action((name: string | undefined, flags) =>
        act(async () => (await import('./network.ts')).showNetwork(name, flags, installation(), out)),
      );

    projectFlags(program.command('logs'))
      .description('Show what functions logged.')
      .argument('[names...]', 'logical ids of functions, or log groups; all when left out')
      .option('-f, --follow', 'go on showing what comes', false)
      .option('--tail', 'the same, as sam logs calls it', false)
      .option('--filter <pattern>', 'a filter pattern of CloudWatch Logs: ERROR, \'{ $.level = "ERROR" }\'')
      .option('--query <text>', "a query of Logs Insights: 'stats count(*) by level'")
      .option('-e, --until <time>', 'to when: 10m before now, or a date')
      .option('--json', 'one JSON object a line', false)
      .option('-s, --since <time>', 'from when on: 30s, 10m, 2h, 1d before now, or a date', '10m')
      .action((names: string[], flags) =>
        act(async () => (await import('./logs.ts')).showLogs(names, flags, installation(), said, out)),
      );

    projectFlags(program.command('traces'))
      .description('Show what was traced: a list, newest first, or one trace as a waterfall.')
      .argument('[id]', 'of a trace, as X-Amzn-Trace-Id and log lines have it')
      .option('--filter <expression>', 'X-Ray\'s filter expression: responsetime > 1 AND http.method = "POST"')
      .option('-s, --since <time>', 'from when on: 30s, 10m, 2h, 1d', '1h')
      .option('--limit <n>', 'how many at most', atLeast(1), 20)
      .option('-f, --follow', 'go on showing what comes', false)
      .option('--json', 'one JSON object a line; of one trace its documents', false)
      .action((id: string | undefined, flags) =>
        act(async () => (await import('./traces.ts')).showTraces(id, flags, said, out)),
      );

    projectFlags(program.command('metrics'))
      .description('Show metrics: what there is, or one as a line and a table.')
      .argument('[namespace]', 'e.g. AWS/Lambda')
      .argument('[name]', 'e.g. Duration')
      .option('--dimension <name=value...>', 'of these dimensions only, e.g. FunctionName=tickets', [])
      .option('--stat <statistic>', 'Sum, Average, Minimum, Maximum, SampleCount, p99, TM(10%:90%) …')
      .option('--period <seconds>', 'of a point: 1, 5, 10, 20, 30 or whole minutes', atLeast(1), 60)
      .option('-s, --since <time>', 'from when on: 30s, 10m, 2h, 1d', '1h')
      .option('--json', 'one JSON object a line', false)
      .action((namespace: string | undefined, name: string | undefined, flags) =>
        act(async () => (await import('./metrics.ts')).showMetrics(namespace, name, flags, out)),
      );

    projectFlags(program.command('alarms'))
      .description('Show alarms: which ring, since when, why, and the runbook.')
      .argument('[name]', 'logical id or name; all when left out')
      .option('--history', 'what happened to them, oldest first', false)
      .option('-f, --follow', 'go on showing what changes', false)
      .option('--exit-code', 'exit with 1 when one rings', false)
      .option('--json', 'one JSON object a line', false)
      .action((name: string | undefined, flags) =>
        act(async () => (await import('./alarms.ts')).showAlarms(name, flags, out)),
      );

    projectFlags(program.command('queues'))
      .description('Show queues: what waits in them, what is in flight, how old the oldest is, and their dead letters.')
      .argument('[names...]', 'logical ids or names; all when left out')
      .option('--exit-code', 'exit with 1 when there are dead letters', false)
      .option('--json', 'one JSON object a line', false)
      .action((names: string[], flags) => act(async () => (await import('./queues.ts')).showQueues(names, flags, out)));

    projectFlags(program.command('redrive'))
      .description("Send a queue's dead letters back to where they came from, and wait until they are there.")
      .argument('<queue>', 'logical id or name, of the queue or of its dead-letter queue')
      .option('--per-second <n>', 'how many a second at most; 500 when left out', atLeast(1))
      .option('--json', 'the outcome as a JSON object', false)
      .action((queue: string, flags) =>
        act(async () => (await import('./redrive.ts')).redrive(queue, flags, said, out)),
      );

    projectFlags(program.command('events'))
      .description('Show the last events that passed the event buses, and the rules that each of them matched.')
      .option('--pattern <json>', 'an event pattern as of a rule: \'{"detail-type": ["TicketOpened"]}\'')
      .option('--bus <name>', 'logical id or name of a bus; all when left out')
      .option('-f, --follow', 'go on showing what comes', false)
      .option('--json', 'one JSON object a line', false)
      .action((flags) => act(async () => (await import('./events.ts')).showEvents(flags, out)));

    projectFlags(program.command('mail'))
      .description('Show the mails and text messages that Cognito and SNS would have sent: a list, or one as it is.')
      .argument('[id]', 'as the list has it')
      .option('--json', 'one JSON object a line', false)
      .option('--confirm', 'say yes to what SNS asks those who are to get the mails of a topic', false)
      .action((id: string | undefined, flags) => act(async () => (await import('./mail.ts')).showMail(id, flags, out)));

    projectFlags(program.command('token'))
      .description(
        'Print a fresh token of a user of the running stack, good for an hour: curl -H "authorization: $(sampan token)"',
      )
      .option('-u, --user <name>', "one of the template's users, or any user of the pool; the first when left out")
      .option('--access', 'the access token, for routes with scopes; the identity token when left out', false)
      .option('--pool <id>', 'logical id of a user pool, when there are several')
      .option('--client <id>', "logical id of an app client; the pool's first when left out")
      .option('--json', 'all tokens, with whose they are', false)
      .action((flags) => act(async () => (await import('./token.ts')).printToken(flags, out)));

    projectFlags(program.command('mysql'))
      .description("Open the stack's database as its administrator; sampan mysql -- --help has the SQL options.")
      .argument('[arguments...]', '-e SQL, a database name …, as the mysql client takes them')
      .option('--instance <id>', 'which database instance, when several run')
      .allowUnknownOption()
      .passThroughOptions()
      .action((args: string[], flags) => act(async () => (await import('./mysql-command.ts')).mysql(args, flags)));

    projectFlags(program.command('aws'))
      .description('The AWS CLI with endpoint and credentials set: sampan aws s3 ls')
      .argument('[arguments...]')
      .allowUnknownOption()
      .passThroughOptions()
      .helpOption(false)
      .action((args: string[], flags) => act(async () => (await import('./aws.ts')).runAws(args, flags, said)));

    projectFlags(program.command('reset'))
      .description('Delete all local state: the database, secrets, logs. The next start begins afresh.')
      .action((flags) => act(async () => (await import('./reset.ts')).reset(flags, said)));

    return program;
  }
}

const CHECK_EXIT_CODES = `
Exit codes: 0 nothing is proved to fail, 1 something is, 2 the template cannot be read or the flags are wrong.`;

/** A reader that has gone, or a mistake of ours, ends the command at once, unless it sees to its end itself. */
function endOnFailure(print: (error: unknown) => number): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      if (stream.listenerCount('error') === 1) process.exit(UNREAD);
    });
  }
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') === 1) process.exit(print(error));
  });
}

function projectFlags(command: Command): Command {
  return command
    .option('-t, --template <file>', 'the template; template.yaml, template.yml or template.json when left out')
    .option('--config-env <name>', 'the section of samconfig.toml', 'default')
    .option('--region <region>', 'samconfig.toml, else us-east-1')
    .option('--stack-name <name>', 'samconfig.toml, else the name of the folder')
    .option('--parameter-overrides <pairs...>', 'Name=Value …, or ParameterKey=Name,ParameterValue=Value …')
    .option('--state <directory>', 'where state is kept, or "memory" (default: .sampan beside the template)');
}

/** @param ownPort of what the command serves beside the AWS services, if anything */
function cloudFlags(
  command: Command,
  ownPort: number | undefined,
  awsPort = ownPort === undefined ? 0 : 4566,
): Command {
  projectFlags(command);
  if (ownPort !== undefined) {
    command.option('-p, --port <port>', 'where to serve; 0 takes a free one', port, ownPort);
  }
  return command
    .option('--host <host>', 'where to listen', '127.0.0.1')
    .option('--aws-port <port>', 'of the AWS services; 0 takes a free one', port, awsPort)
    .option('-n, --env-vars <file>', 'JSON with values for variables that the template declares, as sam local takes it')
    .option('-d, --debug-port <port>', 'wait there for a debugger', port)
    .option('--debug-function <id>', 'the function to debug; the first that runs when left out')
    .addOption(new Option('--sandbox <level>', 'how functions are held').choices(['process', 'namespaces']))
    .option('--fail-fast-network', 'unreachable targets fail at once instead of hanging as on AWS', false)
    .option(
      '--account-concurrency <n>',
      "Lambda's concurrent executions in the account; 1000 when left out",
      atLeast(1),
    )
    .option(
      '--idle-timeout <seconds>',
      'an execution environment that nobody uses ends after this long',
      atLeast(1),
      600,
    )
    .option(
      '--deployment-speed <n>',
      'how many times faster than on AWS a DeploymentPreference shifts traffic: a minute in a second; 1 is real time',
      atLeast(0.01),
      60,
    )
    .option('--cpu-limit', 'functions get the share of a processor that their memory size has: 1,769 MB are one', false)
    .option(
      '--bedrock <who>',
      'who answers Bedrock: stand-in (no model, when left out), aws (the real one, with your credentials), or the URL of an OpenAI-compatible server, #MODEL behind it',
      bedrockSource,
    )
    .option(
      '--bedrock-faults <spec>',
      'what goes wrong with it: throttle=0.2,slow=50ms,cut=0.1,seed=7; also not-ready, unavailable, timeout, error, drop, first',
      bedrockFaults,
    )
    .option('--mariadbd <file>', 'the database server to run (default: what is installed, else fetched once)');
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return value;
}

function atLeast(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < minimum) {
      throw new InvalidArgumentError(`A number of at least ${minimum} is wanted.`);
    }
    return value;
  };
}

/** `128,512,1769`; ascending. */
function memorySizes(text: string): number[] {
  const sizes = text.split(',').map(Number);
  if (sizes.some((size) => !Number.isInteger(size) || size < 128 || size > 10_240)) {
    throw new InvalidArgumentError('Sizes from 128 to 10240 are wanted, such as 128,512,1769.');
  }
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** `10M`, `2.5k`, `800`. */
function amount(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text.trim()) ?? [];
  if (digits === '') throw new InvalidArgumentError('A number such as 800, 250k or 10M is wanted.');
  return Number(digits) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit]!;
}

function share(text: string): number {
  const value = atLeast(0)(text);
  if (value > 1) throw new InvalidArgumentError('A number from 0 to 1 is wanted.');
  return value;
}

let found: Installation | undefined;

function installation(): Installation {
  // In `dist/`, one level below the package.
  const packageDirectory = join(import.meta.dirname, '..');
  found ??= {
    version: (JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8')) as { version: string }).version,
    nodePath: process.execPath,
    runtimeDirectory: join(import.meta.dirname, 'runtime'),
    cacheDirectory: cacheDirectory(),
    esbuildBinary: () => {
      const esbuild = createRequire(import.meta.url).resolve('esbuild/package.json');
      const platform = `@esbuild/${process.platform}-${process.arch}`;
      return join(dirname(createRequire(esbuild).resolve(`${platform}/package.json`)), 'bin', 'esbuild');
    },
    downloadProgram: join(packageDirectory, 'bin', 'download.mjs'),
    checkPages: join(import.meta.dirname, 'checks'),
    command: 'npx sampan',
  };
  return found;
}
