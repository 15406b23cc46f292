/** When something is to happen, as AWS writes it: `cron(…)`, `rate(…)`, `at(…)`. Pure: time is an argument. */
export { InvalidSchedule, parseSchedule, type Schedule } from './schedule.ts';
export { isTimeZone } from './time-zone.ts';
