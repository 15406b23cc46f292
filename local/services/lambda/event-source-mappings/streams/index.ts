export { startStreamPoller } from './poller.ts';
