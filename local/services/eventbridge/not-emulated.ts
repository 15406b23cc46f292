import { notEmulatedOperations } from '../../kernel/not-emulated.ts';

export const NOT_EMULATED = notEmulatedOperations({
  'there is one Region, and so no global endpoint': [
    'CreateEndpoint',
    'DeleteEndpoint',
    'DescribeEndpoint',
    'ListEndpoints',
    'UpdateEndpoint',
  ],
  'there are no partners who send events': [
    'ActivateEventSource',
    'CreatePartnerEventSource',
    'DeactivateEventSource',
    'DeletePartnerEventSource',
    'DescribeEventSource',
    'DescribePartnerEventSource',
    'ListEventSources',
    'ListPartnerEventSourceAccounts',
    'ListPartnerEventSources',
    'PutPartnerEvents',
  ],
});
