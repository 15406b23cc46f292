/** Cognito's trigger after somebody has confirmed their address: who signs up themselves is a customer. */
import { logger, observed } from '@app/shared/observability';
import type { PostConfirmationTriggerEvent } from 'aws-lambda';
import { type AddToGroup, addToGroup } from './add-to-group.ts';

const CUSTOMERS = 'customer';

/** Rejects when Cognito does not do it: the user is told, and Cognito asks again before it gives up. */
export function joinCustomers(add: AddToGroup) {
  return async (event: PostConfirmationTriggerEvent): Promise<PostConfirmationTriggerEvent> => {
    const { triggerSource, userPoolId, userName } = event;
    // A forgotten password is confirmed too; by then the user is somebody already, perhaps an agent.
    if (triggerSource !== 'PostConfirmation_ConfirmSignUp') return event;
    await add(userPoolId, userName, CUSTOMERS);
    logger.info('A customer has signed up', { userName });
    return event;
  };
}

export const handler = observed(joinCustomers(addToGroup(process.env)));
