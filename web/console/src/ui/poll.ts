/** For `useQuery`: asks again while the page is in view. */
export const poll = (pollInterval: number) => ({
  fetchPolicy: 'cache-and-network' as const,
  pollInterval,
  skipPollAttempt: () => document.visibilityState === 'hidden',
});
