/** An expression that names no time; the message says what is wrong with it. */
export class InvalidSchedule extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidSchedule';
  }
}
