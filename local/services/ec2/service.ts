/** EC2: networks as data. Nothing here runs; the network policy reads what is kept. */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import type { LineOf } from '../../policy/remedy.ts';
import { CAN_REACH, canReachOperation } from './can-reach.ts';
import { describeOperations } from './describe.ts';
import { networkOf, type Room } from './network.ts';
import { providers } from './providers/index.ts';
import { ruleChangeOperations } from './rule-changes.ts';

export function createService(context: ServiceContext, lineOf?: LineOf): Service {
  const room: Room = { ...context, network: networkOf(context.store) };
  return {
    operations: {
      ...describeOperations(room),
      ...ruleChangeOperations(room),
      [CAN_REACH]: canReachOperation(context, lineOf),
    },
    providers: providers(room),
    wordDenial: (_requirement, sentence) => ({
      code: 'UnauthorizedOperation',
      message: `You are not authorized to perform this operation. ${sentence}`,
    }),
    wire: async () => ({
      protocol: 'ec2-query',
      schemas: (await import('./schemas.ts')).schemas,
      apiVersion: '2016-11-15',
    }),
  };
}
