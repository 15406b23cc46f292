/** What the Extensions, Telemetry and Logs APIs refuse with. The types and words are those of Lambda's own supervisor. */
export class ExtensionApiError extends Error {
  readonly status: number;
  /** e.g. `Extension.InvalidExtensionState` */
  readonly errorType: string;

  constructor(errorType: string, message: string, status = 403) {
    super(message);
    this.name = 'ExtensionApiError';
    this.errorType = errorType;
    this.status = status;
  }
}
