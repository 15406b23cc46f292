/** The documents of one X-Ray trace as a flat list, whatever they are nested in. */

interface Document {
  readonly id: string;
  readonly name: string;
  readonly parent_id?: string;
  readonly origin?: string;
  readonly namespace?: string;
  readonly start_time: number;
  readonly sql?: object;
  readonly subsegments?: readonly Document[];
}

export interface Span {
  readonly id: string;
  readonly name: string;
  readonly parent: string | undefined;
  /** Seconds of the epoch. */
  readonly start: number;
  /** Where the time went. */
  readonly kind: 'apigateway' | 'lambda' | 'secret' | 'database' | 's3' | 'bedrock' | 'other';
}

/** Of what `sampan traces ID --json` prints, in the order of their starts. */
export function spansOf({ segments }: { readonly segments: readonly Document[] }): Span[] {
  return segments.flatMap((segment) => flat(segment, segment.parent_id)).sort((a, b) => a.start - b.start);
}

/** From its parent up to the root. */
export function ancestors(span: Span, all: readonly Span[]): Span[] {
  const parent = all.find(({ id }) => id === span.parent);
  return parent ? [parent, ...ancestors(parent, all)] : [];
}

function flat(document: Document, parent: string | undefined): Span[] {
  const { id, name, start_time: start, subsegments = [] } = document;
  return [{ id, name, parent, start, kind: kindOf(document) }, ...subsegments.flatMap((inner) => flat(inner, id))];
}

function kindOf({ name, origin, sql, namespace }: Document): Span['kind'] {
  if (origin === 'AWS::ApiGateway::Stage') return 'apigateway';
  if (origin === 'AWS::Lambda::Function') return 'lambda';
  if (sql) return 'database';
  if (namespace !== 'aws') return 'other';
  if (/^Secrets ?Manager$/.test(name)) return 'secret';
  if (name === 'S3') return 's3';
  return /^Bedrock/.test(name) ? 'bedrock' : 'other';
}
