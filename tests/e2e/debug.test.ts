/**
 * `--debug-port` with a debugger that speaks the inspector's own protocol, as VS Code and Chrome do.
 * https://chromedevtools.github.io/devtools-protocol/v8/Debugger/
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { generatedPositionFor, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { call, projectOf, type Running, removeTemporaryDirectories, startSampan } from './sampan.ts';

jest.setTimeout(120_000);
afterAll(removeTemporaryDirectories);

const TEMPLATE = `Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: nodejs24.x, CodeUri: code/, Timeout: 1 } }
Resources:
  GreetFunction:
    Type: AWS::Serverless::Function
    Properties: { Handler: greet.handler, Events: { Http: { Type: Api, Properties: { Path: '/greet', Method: get } } } }
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [greet.ts], Sourcemap: true, Minify: false } }
  OtherFunction:
    Type: AWS::Serverless::Function
    Properties: { Handler: greet.other, Events: { Http: { Type: Api, Properties: { Path: '/other', Method: get } } } }
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [greet.ts], Sourcemap: true, Minify: false } }
`;

const SOURCE = `interface Answer {
  statusCode: number;
  body: string;
}

export async function handler(event: { path: string }): Promise<Answer> {
  const who: string = event.path;
  return { statusCode: 200, body: JSON.stringify({ who }) };
}

export async function other(): Promise<Answer> {
  return { statusCode: 200, body: '{}' };
}
`;

/** The line `return { statusCode: 200, body: JSON…`, from 1. */
const BREAK_AT = 8;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
}

/** A debugger at a port. */
async function attach(port: number) {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as [
    { webSocketDebuggerUrl: string },
  ];
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const messages: Message[] = [];
  let woken = () => {};
  socket.addEventListener('message', ({ data }) => {
    messages.push(JSON.parse(String(data)) as Message);
    woken();
  });
  let ids = 0;

  async function until(found: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const message = messages.find(found);
      if (message) return message;
      await new Promise<void>((resolve) => {
        woken = resolve;
      });
    }
  }
  return {
    async send(method: string, params: object = {}): Promise<unknown> {
      ids += 1;
      const id = ids;
      socket.send(JSON.stringify({ id, method, params }));
      return (await until((message) => message.id === id)).result;
    },
    event: (method: string, matches: (params: never) => boolean = () => true) =>
      until((message) => message.method === method && matches(message.params as never)).then(
        ({ params }) => params as never,
      ),
    forget: (method: string) => {
      for (const [index, message] of [...messages.entries()].reverse())
        if (message.method === method) messages.splice(index, 1);
    },
    close: () => socket.close(),
  };
}

/** Where the line is in what was built of the function; counted from 0, as the protocol does. */
function breakpointIn(state: string, functionId: string) {
  const file = readdirSync(join(state, 'build'), { recursive: true, encoding: 'utf8' }).find((path) =>
    new RegExp(`${functionId}.*greet\\.js\\.map$`).test(path),
  );
  if (file === undefined) throw new Error('no source map was built');
  const map = new TraceMap(readFileSync(join(state, 'build', file), 'utf8'));
  const source = map.sources.find((name) => name?.endsWith('greet.ts')) as string;
  const { line, column } = generatedPositionFor(map, { source, line: BREAK_AT, column: 2 });
  return { map, location: { lineNumber: (line ?? 0) - 1, columnNumber: column ?? 0 } };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

let running: Running;
let port: number;
beforeAll(async () => {
  port = await freePort();
  running = await startSampan({
    cwd: projectOf({ 'template.yaml': TEMPLATE, 'code/greet.ts': SOURCE }),
    args: ['--debug-port', String(port), '--debug-function', 'GreetFunction'],
  });
});
afterAll(() => running.stop());

test('other functions run as ever', async () => {
  expect(await call(`${running.apiUrl}/other`)).toMatchObject({ status: 200 });
});

test('a breakpoint in the TypeScript source stops the function, for longer than its time-out', async () => {
  const answer = call(`${running.apiUrl}/greet`);
  await running.said(new RegExp(`127\\.0\\.0\\.1:${port}`));
  const debugged = await attach(port);
  try {
    await debugged.send('Debugger.enable');
    await debugged.send('Runtime.enable');
    await debugged.send('Runtime.runIfWaitingForDebugger');
    await debugged.event('Debugger.paused');
    debugged.forget('Debugger.paused');
    // As an editor does: from the map of what was built, before the script is there.
    const { map, location } = breakpointIn(running.stateDirectory, 'GreetFunction');
    await debugged.send('Debugger.setBreakpointByUrl', { urlRegex: 'GreetFunction.*greet\\.js$', ...location });
    await debugged.send('Debugger.resume');
    const {
      callFrames,
    }: { callFrames: { location: { lineNumber: number; columnNumber: number }; callFrameId: string }[] } =
      await debugged.event('Debugger.paused');
    const [frame] = callFrames;
    const position =
      frame && originalPositionFor(map, { line: frame.location.lineNumber + 1, column: frame.location.columnNumber });
    expect(position).toMatchObject({ line: BREAK_AT });
    const { result } = (await debugged.send('Debugger.evaluateOnCallFrame', {
      callFrameId: frame?.callFrameId,
      expression: 'event.path',
    })) as { result: { value: string } };
    expect(result.value).toBe('/greet');
    // The function's time-out is a second.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await debugged.send('Debugger.resume');
    expect(await answer).toMatchObject({ status: 200, body: { who: '/greet' } });
  } finally {
    debugged.close();
  }
});
