import { bedrockFaults, bedrockSource } from './bedrock-flags.ts';

describe('--bedrock', () => {
  it.each([
    ['stand-in', { kind: 'stand-in' }],
    ['aws', { kind: 'aws' }],
    ['http://127.0.0.1:11434', { kind: 'openai', url: 'http://127.0.0.1:11434/v1' }],
    ['http://127.0.0.1:11434/v1/', { kind: 'openai', url: 'http://127.0.0.1:11434/v1' }],
    ['https://models.example/api/chat/completions', { kind: 'openai', url: 'https://models.example/api' }],
    ['http://localhost:8080#qwen%2F3', { kind: 'openai', url: 'http://localhost:8080/v1', model: 'qwen/3' }],
  ])('takes %s', (text, source) => {
    expect(bedrockSource(text)).toEqual(source);
  });

  it.each([
    ['ollama', 'is neither stand-in, nor aws, nor a URL'],
    ['ftp://127.0.0.1', 'an http:// or https:// URL is wanted'],
    ['http://:key@127.0.0.1', 'set SAMPAN_BEDROCK_API_KEY'],
  ])('refuses %s', (text, message) => {
    expect(() => bedrockSource(text)).toThrow(message);
  });
});

describe('--bedrock-faults', () => {
  it('takes chances, durations and a seed', () => {
    expect(bedrockFaults('throttle=0.2,slow=50ms,first=1.5s,cut=0.1,seed=7')).toMatchObject({
      throttle: 0.2,
      slowMs: 50,
      firstMs: 1_500,
      cut: 0.1,
      drop: 0,
      seed: 7,
    });
  });

  it.each([
    ['', 'is not of the form name=value'],
    ['throttle', 'is not of the form name=value'],
    ['throttle=2', 'a chance is a number from 0 to 1'],
    ['throttle=-1', 'a chance is a number from 0 to 1'],
    ['throttle=0.5,throttle=0.5', 'throttle is given twice'],
    ['slow=50', 'a duration is like 50ms or 2s'],
    ['seed=x', 'a whole number is wanted'],
    ['explode=1', 'there is no fault "explode"; there are throttle, not-ready'],
    ['throttle=0.7,unavailable=0.7', 'add up to more than 1'],
    ['cut=0.7,drop=0.7', 'add up to more than 1'],
  ])('refuses %j', (text, message) => {
    expect(() => bedrockFaults(text)).toThrow(message);
  });
});
