/** What policies may ask about a secret: its own policy and its tags. */
import type { ResourceFacts } from '../../kernel/service.ts';
import { MalformedPolicy, type PolicyDocument, readPolicy } from '../../policy/iam/index.ts';
import type { SecretRepository } from './repository.ts';
import type { Secret } from './secret.ts';

const MOST = 1_000;

export function secretFacts(repository: SecretRepository): (arn: string) => ResourceFacts | undefined {
  /** By text: what is made of a document hangs on the document itself. */
  const documents = new Map<string, PolicyDocument>();

  function documentOf(text: string): PolicyDocument {
    let document = documents.get(text);
    if (!document) {
      if (documents.size >= MOST) documents.clear();
      document = read(text);
      documents.set(text, document);
    }
    return document;
  }

  function policies({ name, policy, policyPlace }: Secret): Pick<ResourceFacts, 'policies'> {
    if (policy === undefined) return {};
    const source = {
      kind: 'resource',
      name: `the resource policy of secret ${name}`,
      ...(policyPlace && { place: policyPlace }),
    } as const;
    return { policies: [{ document: documentOf(policy), source }] };
  }

  return (arn) => {
    const secret = repository.find(arn);
    if (!secret) return undefined;
    const tags = Object.fromEntries(secret.tags.map(({ Key, Value }) => [Key, Value]));
    const rotator = secret.rotation?.lambdaArn;
    const keys = rotator !== undefined && { 'secretsmanager:resource/AllowRotationLambdaArn': rotator };
    return { ...policies(secret), tags, ...(keys && { keys }) };
  };
}

/** What was put before policies were checked as closely as now says nothing. */
function read(text: string): PolicyDocument {
  try {
    return readPolicy(text, 'resource');
  } catch (error) {
    if (error instanceof MalformedPolicy) return { Version: '2012-10-17', Statement: [] };
    throw error;
  }
}
