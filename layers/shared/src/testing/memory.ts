import { IdempotencyItemAlreadyExistsError } from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, type IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';

/** Keeps records as the table does, or does not answer. */
export class Memory extends BasePersistenceLayer {
  readonly records = new Map<string, IdempotencyRecord>();
  isAway = false;
  protected async _putRecord(record: IdempotencyRecord): Promise<void> {
    if (this.isAway) throw new Error('no answer');
    const there = this.records.get(record.idempotencyKey);
    if (there) throw new IdempotencyItemAlreadyExistsError('there is one', there);
    this.records.set(record.idempotencyKey, record);
  }
  protected async _getRecord(key: string): Promise<IdempotencyRecord> {
    return this.records.get(key)!;
  }
  protected async _updateRecord(record: IdempotencyRecord): Promise<void> {
    this.records.set(record.idempotencyKey, record);
  }
  protected async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    this.records.delete(record.idempotencyKey);
  }
}
