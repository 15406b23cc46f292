/** The refusals of DynamoDB, in its own words. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Item } from './values/attribute-value.ts';

export const validationError = (message: string): AwsError => new AwsError('ValidationException', message);

/** What is wrong with a parameter's value is nearly always said behind these words. */
export const invalidParameter = (message: string): AwsError =>
  validationError(`One or more parameter values were invalid: ${message}`);

/** Of operations on items. */
export const resourceNotFound = (): AwsError =>
  new AwsError('ResourceNotFoundException', 'Requested resource not found');

/** Of operations on tables. */
export const tableNotFound = (name: string): AwsError =>
  new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);

export const tableExists = (name: string): AwsError =>
  new AwsError('ResourceInUseException', `Table already exists: ${name}`);

export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceededException', message);

/** @param item the one that failed the condition, where it was asked for */
export const conditionFailed = (item?: Item): AwsError =>
  new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
    members: item ? { Item: item } : {},
  });

export const accessDenied = (message: string): AwsError => new AwsError('AccessDeniedException', message);
