/** The connection to the supervisor: questions, answers, and what keeps the process alive meanwhile. */
'use strict';

const { AsyncResource } = require('node:async_hooks');
const { netModule } = require('./net-module.cjs');

/** Opens nothing before the first question. */
function openQuestions(path) {
  /** As `net` itself connects: not through what we, or the program, have put there. */
  let connect;
  // Whatever is opened here belongs to no invocation: contexts of the program are not to be kept alive by it.
  const outside = new AsyncResource('SampanEgress');
  const waiting = new Map();
  let control;
  let asked = 0;
  let holds = 0;
  let receive = () => {};

  function open() {
    control = new (netModule().Socket)();
    control.on('error', () => {});
    control.on('close', () => {
      control = undefined;
      // The supervisor has gone; nobody is left to allow anything.
      const unanswered = [...waiting.values()];
      waiting.clear();
      for (const answered of unanswered) answered({ go: 'refuse', errno: 'ECONNREFUSED' });
    });
    control.setEncoding('utf8');
    let text = '';
    control.on('data', (chunk) => {
      text += chunk;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
        const message = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        if (message.to !== undefined) receive(message);
        else hear(message);
      }
    });
    connect.call(control, { path });
    if (holds === 0) control.unref();
  }

  function hear(message) {
    const answered = waiting.get(message.id);
    waiting.delete(message.id);
    answered?.(message);
  }

  function say(message) {
    if (control === undefined) outside.runInAsyncScope(open);
    control.write(`${JSON.stringify(message)}\n`);
  }

  /** While anything is kept, the process does not end of itself. Answers how to let go of it, once. */
  function keep() {
    let kept = true;
    holds += 1;
    if (holds === 1) {
      if (control === undefined) outside.runInAsyncScope(open);
      control.ref();
    }
    return () => {
      if (!kept) return;
      kept = false;
      holds -= 1;
      if (holds === 0) control?.unref();
    };
  }

  return {
    say,
    keep,
    connectBy(native) {
      connect = native;
    },
    /** `answered` runs in the asker's own async context. */
    ask(question, answered) {
      asked += 1;
      const id = asked;
      const scope = new AsyncResource('SampanEgressQuestion');
      const release = keep();
      waiting.set(id, (answer) => {
        release();
        scope.runInAsyncScope(answered, undefined, answer);
      });
      say({ id, ...question });
    },
    /** For datagrams that come back. */
    onReceive(listener) {
      receive = listener;
    },
  };
}

module.exports = { openQuestions };
