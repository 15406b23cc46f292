/** What a model's tokens cost, in US dollars a million, on demand, as of November 2026. https://aws.amazon.com/bedrock/pricing/ */

interface Price {
  readonly input: number;
  readonly output: number;
}

/** By a part of the model's id; the first that fits. Calls that stay within a geography cost a tenth more since Claude 4.5. */
const PRICES: readonly (readonly [RegExp, Price])[] = [
  [/\.claude-haiku-4-5-/, { input: 1, output: 5 }],
  [/\.claude-haiku-5-5/, { input: 0.1, output: 0.5 }],
  [/\.claude-sonnet-4/, { input: 3, output: 15 }],
  [/\.nova-2-lite-/, { input: 0.3, output: 2.5 }],
  [/\.nova-micro-/, { input: 0.035, output: 0.14 }],
  [/\.nova-lite-/, { input: 0.06, output: 0.24 }],
  [/\.nova-pro-/, { input: 0.8, output: 3.2 }],
];

/** In dollars; undefined for a model whose price is not known here. */
export function costOf(
  modelId: string,
  usage: { readonly inputTokens: number; readonly outputTokens: number },
): number | undefined {
  const [, price] = PRICES.find(([pattern]) => pattern.test(modelId)) ?? [];
  if (!price) return undefined;
  const dollars = (usage.inputTokens * price.input + usage.outputTokens * price.output) / 1_000_000;
  return /(?:^|\/)(?:us|eu|apac|jp|au)\.anthropic\.claude-(?:\w+-4-5|\w+-5)/.test(modelId) ? dollars * 1.1 : dollars;
}
