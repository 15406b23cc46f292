/** `--bedrock` and `--bedrock-faults`: who answers Bedrock's calls, and what is to go wrong with them. */
import { InvalidArgumentError } from 'commander';
import { type FaultSpec, FaultSpecError, type ModelSource, parseFaults } from '../services/bedrock/index.ts';

/** Of the server at a URL; OpenAI's own key is not sent anywhere by mistake. */
const API_KEY = 'SAMPAN_BEDROCK_API_KEY';

/**
 * `stand-in`, `aws`, or the URL of an OpenAI-compatible server: `http://127.0.0.1:11434/v1`, with the model to ask behind
 * a `#`.
 */
export function bedrockSource(text: string): ModelSource {
  if (text === 'stand-in' || text === 'aws') return { kind: text };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InvalidArgumentError(
      `"${text}" is neither stand-in, nor aws, nor a URL such as http://127.0.0.1:11434/v1.`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InvalidArgumentError(`${text}: an http:// or https:// URL is wanted.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError(`A key does not belong into the URL: set ${API_KEY}.`);
  }
  const model = decodeURIComponent(url.hash.slice(1));
  const path = url.pathname === '/' ? '/v1' : url.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  const apiKey = process.env[API_KEY];
  return { kind: 'openai', url: `${url.origin}${path}`, ...(model && { model }), ...(apiKey && { apiKey }) };
}

export function bedrockFaults(text: string): FaultSpec {
  try {
    return parseFaults(text);
  } catch (error) {
    if (error instanceof FaultSpecError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}
