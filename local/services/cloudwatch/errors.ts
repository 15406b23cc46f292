/** CloudWatch's refusals. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html */
import { AwsError } from '../../kernel/aws-error.ts';

export const invalidValue = (message: string): AwsError => new AwsError('InvalidParameterValue', message);
export const invalidCombination = (message: string): AwsError => new AwsError('InvalidParameterCombination', message);
export const missingParameter = (message: string): AwsError => new AwsError('MissingParameter', message);
export const validationError = (message: string): AwsError => new AwsError('ValidationError', message);
export const invalidNextToken = (): AwsError => new AwsError('InvalidNextToken', 'Invalid nextToken');
export const notFound = (message: string): AwsError => new AwsError('ResourceNotFound', message, { statusCode: 404 });

/** What AWS has and this does not, by its name. */
export const notEmulated = (what: string): AwsError => validationError(`${what} is not emulated here.`);
