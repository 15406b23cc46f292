/** Operations that nothing here stands behind. Who calls one is told so, by name. */
import { notEmulatedOperations } from '../../kernel/not-emulated.ts';

export const NOT_EMULATED = notEmulatedOperations({
  'there are no mobile devices to push to': [
    'CreatePlatformApplication',
    'CreatePlatformEndpoint',
    'DeleteEndpoint',
    'DeletePlatformApplication',
    'GetEndpointAttributes',
    'GetPlatformApplicationAttributes',
    'ListEndpointsByPlatformApplication',
    'ListPlatformApplications',
    'SetEndpointAttributes',
    'SetPlatformApplicationAttributes',
  ],
  'text messages go to the local mailbox, whatever is set': [
    'CheckIfPhoneNumberIsOptedOut',
    'CreateSMSSandboxPhoneNumber',
    'DeleteSMSSandboxPhoneNumber',
    'GetSMSAttributes',
    'GetSMSSandboxAccountStatus',
    'ListOriginationNumbers',
    'ListPhoneNumbersOptedOut',
    'ListSMSSandboxPhoneNumbers',
    'OptInPhoneNumber',
    'SetSMSAttributes',
    'VerifySMSSandboxPhoneNumber',
  ],
  'nobody looks for personal data in messages': ['GetDataProtectionPolicy', 'PutDataProtectionPolicy'],
});
