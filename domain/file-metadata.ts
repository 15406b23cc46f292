/** What is told of a file beside its name: found in its bytes, never taken from its sender's word. */

/** All that stands in quotes in a file is somebody's word: `excerpt`, `columns`, `from`, `subject` and `date` are data. */
export type FileMetadata =
  /** In pixels; null where the header did not say within what was read. */
  | { readonly kind: 'image'; readonly width: number | null; readonly height: number | null }
  | TextMetadata
  | (Omit<TextMetadata, 'kind'> & {
      readonly kind: 'table';
      readonly columns: readonly string[];
      /** Without the header; null of a file that was not read to its end. */
      readonly rows: number | null;
    })
  | (Omit<TextMetadata, 'kind'> & { readonly kind: 'json'; readonly holds: JsonKind | null })
  | {
      readonly kind: 'mail';
      readonly from: string | null;
      readonly subject: string | null;
      /** ISO 8601, UTC. */
      readonly date: string | null;
      /** How many files it carries; null of a mail that was not read to its end. */
      readonly attachments: number | null;
      readonly excerpt: string;
    }
  | { readonly kind: 'archive' | 'office'; readonly entries: number; readonly unpackedBytes: number }
  | { readonly kind: 'pdf'; readonly version: string }
  | { readonly kind: 'video'; readonly brand: string }
  | {
      readonly kind: 'import';
      readonly rows: number;
      /** Of the rows: those that became tickets, and those that could not. */
      readonly opened: number;
      readonly refused: number;
    };

export interface TextMetadata {
  readonly kind: 'text';
  readonly encoding: Encoding;
  /** Null of a file that was not read to its end. */
  readonly lines: number | null;
  readonly excerpt: string;
}

/** `8-bit`: text in one of the old character sets, which do not say which they are. */
export type Encoding = 'utf-8' | '8-bit';

export type JsonKind = 'object' | 'array' | 'text' | 'number' | 'boolean' | 'null';
