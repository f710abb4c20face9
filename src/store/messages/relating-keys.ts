/** What messages of one request, or of one trace, have in common in their metadata. */
export const RELATING_KEYS = ['request_id', 'trace_id'] as const;
export type RelatingKey = (typeof RELATING_KEYS)[number];
