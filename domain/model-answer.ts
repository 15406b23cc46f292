/** What a model is asked, and that its answer is not usable. */

/** The tool is the form of the answer: the model hands it over by calling it. */
export interface Question {
  /** All instructions, and nothing of anybody else's. */
  readonly system: string;
  readonly user: string;
  readonly tool: { readonly name: string; readonly description: string; readonly schema: object };
}

/** The model answered, and the answer is not let through. Its problems quote nothing of it. */
export class InvalidAnswer extends Error {
  override readonly name = 'InvalidAnswer';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The model's answer cannot be used: ${problems.join('; ')}`);
    this.problems = problems;
  }
}
