/** What people can be told of a ticket. */
export const REQUESTER_KINDS = ['received', 'answered', 'resolved'] as const;
export const TEAM_KINDS = ['new-message', 'assigned', 'escalated'] as const;
export const NOTICE_KINDS = [...REQUESTER_KINDS, ...TEAM_KINDS] as const;
export type RequesterKind = (typeof REQUESTER_KINDS)[number];
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** By which ways. One, for now; who wants none gets nothing. */
export const CHANNELS = ['email'] as const;
export type Channel = (typeof CHANNELS)[number];
