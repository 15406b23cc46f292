/** The `data` of a stream of server-sent events, up to `[DONE]`. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* serverSentData(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  for await (const piece of bytes) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
      if (line !== '' || data.length === 0) continue;
      const text = data.join('\n');
      if (text === '[DONE]') return;
      yield text;
      data = [];
    }
  }
  // Some servers end without the empty line.
  const last = [...data, ...(rest.startsWith('data:') ? [rest.slice(5).trimStart()] : [])].join('\n');
  if (last !== '' && last !== '[DONE]') yield last;
}
