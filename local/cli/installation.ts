/** Where this copy of sampan is and what it brings; made once in `main.ts`, the only file that asks where it stands. */
export interface Installation {
  readonly version: string;
  /** Node's binary that everything runs on. */
  readonly nodePath: string;
  /** The files that run inside the functions' processes. */
  readonly runtimeDirectory: string;
  /** Where downloads are kept for all projects of this user. */
  readonly cacheDirectory: string;
  /** esbuild's native binary; throws when its platform package is missing. */
  readonly esbuildBinary: () => string;
  /** `bin/download.mjs`. */
  readonly downloadProgram: string;
  /** The pages of `docs/checks`. */
  readonly checkPages: string;
  /** How a user calls this command here, e.g. `npx sampan`. */
  readonly command: string;
}
