/** A file that Lambda would not take for a deployment package. `kind` says which of its sentences it answers with. */
export class ZipError extends Error {
  /** `too-large`: what is in it is more than a function or layer may have. `empty`: nothing is in it. */
  readonly kind: 'malformed' | 'empty' | 'too-large';

  constructor(kind: ZipError['kind'], message: string) {
    super(message);
    this.name = 'ZipError';
    this.kind = kind;
  }
}

export function malformed(message: string): ZipError {
  return new ZipError('malformed', message);
}
