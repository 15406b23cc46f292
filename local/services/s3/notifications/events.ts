/** What S3 tells of. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */

export type EventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Post'
  | 'ObjectCreated:Copy'
  | 'ObjectCreated:CompleteMultipartUpload'
  | 'ObjectRemoved:Delete'
  | 'ObjectRemoved:DeleteMarkerCreated'
  | 'ObjectTagging:Put'
  | 'ObjectTagging:Delete'
  | 'ObjectAcl:Put'
  | 'LifecycleExpiration:Delete'
  | 'LifecycleExpiration:DeleteMarkerCreated'
  | 'LifecycleTransition';

/** `s3:ObjectCreated:*` means all that begin so. */
export function isEventMeant(pattern: string, event: EventName): boolean {
  const name = pattern.replace(/^s3:/, '');
  return name.endsWith(':*') ? event.startsWith(name.slice(0, -1)) : name === event;
}
