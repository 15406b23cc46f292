/** A pattern that says nothing anybody could match; the message is the reason, in the words of AWS's own compiler. */
export class InvalidPattern extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidPattern';
  }
}
