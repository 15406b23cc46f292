/** The help desk under test: its processes, which may be ended, and what is found in it from outside. */
import { readFileSync } from 'node:fs';
import {
  DescribeSecretCommand,
  ListSecretsCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type Process, processTree, type Running, startSampan } from '../e2e/sampan.ts';
import { signIn } from '../e2e/signed-in.ts';

export interface Desk {
  /** Changes when it is started again. */
  readonly apiUrl: string;
  readonly awsUrl: string;
  /** What AWS's clients want to know. */
  readonly client: ClientConfiguration;
  readonly stateDirectory: string;
  readonly pid: number;
  /** An ID token of an agent. */
  readonly token: string;
  /** Processes of functions that run or are frozen, with the function's name. */
  functionProcesses(): readonly (Process & { readonly functionName: string })[];
  databaseProcess(): Process | undefined;
  /** Of the stack's resources, by the name that the template gives them. */
  physicalIds(): Promise<Readonly<Record<string, string>>>;
  /** kill -9, and a new start on the same state. */
  crashAndStart(): Promise<void>;
  /** Asks for a new password of the functions' account. Resolves once asked. */
  askForNewPassword(): Promise<void>;
  /** Since 1970, ms; 0 for never. */
  passwordChangedAt(): Promise<number>;
  stop(): Promise<void>;
}

export interface ClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * What is tested is what happens to tickets that come in, not the throttle in front; with the caps of each function that
 * keep a burst from the database.
 */
const PARAMETERS = ['RequestsPerSecond=10000', 'RequestBurst=5000', 'ReservedConcurrency=on'];
const ARGUMENTS = ['--no-watch', '--parameter-overrides', ...PARAMETERS];

/** @param state a directory; what is there is gone on with */
export async function startDesk(state: string): Promise<Desk> {
  let running: Running;
  let token: string;
  const start = async () => {
    running = await startSampan({ state, args: ARGUMENTS, proactiveInit: true });
    ({ token } = await signIn(running));
  };
  await start();
  const client = (): ClientConfiguration => ({
    endpoint: running.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

  async function withSecrets<Result>(work: (client: SecretsManagerClient, SecretId: string) => Promise<Result>) {
    const secrets = new SecretsManagerClient(client());
    try {
      const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
      const secret = SecretList.find(({ RotationLambdaARN }) => RotationLambdaARN !== undefined);
      if (secret?.ARN === undefined) throw new Error('no secret has a function that rotates it');
      return await work(secrets, secret.ARN);
    } finally {
      secrets.destroy();
    }
  }

  return {
    get apiUrl() {
      return running.apiUrl;
    },
    get awsUrl() {
      return running.awsUrl;
    },
    get client() {
      return client();
    },
    get pid() {
      return running.pid;
    },
    get token() {
      return token;
    },
    stateDirectory: state,
    functionProcesses: () =>
      processTree(running.pid).flatMap((process) => {
        if (!/^\S*node .*aws-lambda-ric\.mjs/.test(process.command)) return [];
        const functionName = variableOf(process.pid, 'AWS_LAMBDA_FUNCTION_NAME');
        return functionName === undefined ? [] : [{ ...process, functionName }];
      }),
    databaseProcess: () => processTree(running.pid).find(({ command }) => /^\S*(?:mariadbd|mysqld) /.test(command)),
    async physicalIds() {
      return (await (await fetch(`${running.awsUrl}/_sampan/resources`)).json()) as Record<string, string>;
    },
    async crashAndStart() {
      await running.stop('SIGKILL');
      await start();
    },
    askForNewPassword: () =>
      withSecrets(async (secrets, SecretId) => {
        await secrets.send(new RotateSecretCommand({ SecretId }));
      }),
    passwordChangedAt: () =>
      withSecrets(async (secrets, SecretId) => {
        const { LastRotatedDate } = await secrets.send(new DescribeSecretCommand({ SecretId }));
        return LastRotatedDate?.getTime() ?? 0;
      }),
    async stop() {
      await running.stop();
    },
  };
}

/** Of a process's environment; undefined when it has ended meanwhile. */
function variableOf(pid: number, name: string): string | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return variables.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}
