/** Somebody else listens where a door wanted to. Who it is, the command line finds out. */
export class PortInUse extends Error {
  readonly host: string;
  readonly port: number;
  /** The flag that chooses another, e.g. `--port`. */
  readonly flag: string;
  constructor(host: string, port: number, flag: string, cause?: unknown) {
    super(`${host}:${port} is in use`, { cause });
    this.name = 'PortInUse';
    this.host = host;
    this.port = port;
    this.flag = flag;
  }
}
