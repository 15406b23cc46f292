/** A person at a terminal: statements over several lines, a history, and nothing lost by a mistyped one. */
import { createInterface, type Interface } from 'node:readline';
import { createStatementReader, type Pending, type Statement } from './statements.ts';

export interface InteractiveOptions {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  /** The selected database, for the prompt. */
  readonly database: () => string | undefined;
  /** Runs one; never rejects. */
  readonly run: (statement: Statement) => Promise<void>;
  /** Selects another database; never rejects. */
  readonly use: (database: string) => Promise<void>;
  /** Ends the statement under way. */
  readonly interrupt: () => void;
}

const HELP = `\\q  quit (or Ctrl-D)      \\c  forget the statement begun (or Ctrl-C)
\\u  use a database        \\G  instead of ";": one column a line
Everything else goes to the server at its ";".
`;

/** Resolves when the person leaves. */
export async function interact(options: InteractiveOptions): Promise<void> {
  const { stdin, stdout } = options;
  const reader = createStatementReader();
  const lines = createInterface({ input: stdin, output: stdout, terminal: true, historySize: 1_000 });
  let running = false;

  const prompt = () => {
    lines.setPrompt(promptFor(reader.pending(), options.database()));
    lines.prompt();
  };

  lines.on('SIGINT', () => {
    if (running) {
      options.interrupt();
      return;
    }
    reader.clear();
    stdout.write('^C\n');
    clearLine(lines);
    prompt();
  });

  prompt();
  for await (const line of lines) {
    const command = reader.pending() === 'nothing' ? clientCommand(line) : undefined;
    if (command?.kind === 'quit') break;
    running = true;
    if (command?.kind === 'help') stdout.write(HELP);
    else if (command?.kind === 'use') await options.use(command.database);
    else if (/\\c\s*$/.test(line)) reader.clear();
    else for (const statement of reader.feed(`${line}\n`)) await options.run(statement);
    running = false;
    prompt();
  }
  lines.close();
}

type ClientCommand = { kind: 'quit' } | { kind: 'help' } | { kind: 'use'; database: string };

/** What the client does itself; only at the beginning of a statement. */
function clientCommand(line: string): ClientCommand | undefined {
  const text = line.trim().replace(/;$/, '').trim();
  if (/^(\\q|quit|exit)$/i.test(text)) return { kind: 'quit' };
  if (/^(\\h|\\\?|\?|help)$/i.test(text)) return { kind: 'help' };
  const database = /^(?:\\u|use)\s+`?([^`;]+?)`?$/i.exec(text)?.[1];
  return database === undefined ? undefined : { kind: 'use', database };
}

function promptFor(pending: Pending, database: string | undefined): string {
  const name = `${database ?? '(none)'}> `;
  switch (pending) {
    case 'nothing':
      return name;
    case 'statement':
      return '-> '.padStart(name.length);
    default:
      return `${pending}> `.padStart(name.length);
  }
}

/** Drops what is typed so far; readline has no call for it but the key that does it. */
function clearLine(lines: Interface): void {
  lines.write(null, { ctrl: true, name: 'e' });
  lines.write(null, { ctrl: true, name: 'u' });
}
