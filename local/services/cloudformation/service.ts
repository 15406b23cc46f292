/** CloudFormation's own resource types. Stacks themselves are the kernel's matter. */
import type { Provider, ResourceRequest } from '../../kernel/provider.ts';
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { TemplateError } from '../../template/stack.ts';
import { customResourceProvider } from './custom-resource.ts';
import type { ResponseInbox } from './response-inbox.ts';
import { responseUrls } from './response-urls.ts';

export function createService(context: ServiceContext, inbox: ResponseInbox, endpointUrl: () => string): Service {
  const custom = customResourceProvider(context, inbox, responseUrls(context, endpointUrl));
  return {
    operations: {},
    providers: {
      'AWS::CloudFormation::CustomResource': custom,
      'Custom::*': custom,
      'AWS::CloudFormation::Stack': refused(
        'Nested stacks are not emulated: start their templates by themselves, or put their resources into this one',
      ),
      'AWS::CloudFormation::WaitCondition': refused(
        'Wait conditions are not emulated: a custom resource can wait for the same thing',
      ),
      'AWS::CloudFormation::WaitConditionHandle': waitConditionHandle,
    },
  };
}

/** A template uses it as an empty resource too, to have a stack without any: it is a name and nothing more. */
const waitConditionHandle: Provider = {
  create: ({ generatedName }) => ({ physicalId: generatedName }),
  update: (_request, { physicalId }) => ({ physicalId }),
  delete: () => {},
};

function refused(message: string): Provider {
  const refuse = ({ at, logicalId }: ResourceRequest): never => {
    throw new TemplateError([{ severity: 'error', code: 'not-emulated', message, at, resource: logicalId }]);
  };
  return { create: refuse, update: refuse, delete: () => {} };
}
