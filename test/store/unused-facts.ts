/** What a provider shows of a promotion that applies once, has no limits, and that nobody has used. */
export const UNUSED = {
  duration: { kind: 'ONCE' },
  active: true,
  maxRedemptions: null,
  redeemedCount: 0,
  startsAt: null,
  expiresAt: null,
  createdAt: 0,
  metadata: null,
} as const;
