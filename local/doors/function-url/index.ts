export { functionUrlHost, localFunctionUrl } from './host.ts';
export { createFunctionUrlDoor, type FunctionUrlDoor, type FunctionUrlDoorOptions } from './server.ts';
