/**
 * The handle is another user's, or was until lately, or registering takes too long. FAILED: the claim was refused for a
 * reason that does not say who owns the handle, such as a decider that cannot read it.
 */
export class RegistrationError extends Error {
  constructor(
    readonly code: 'HANDLE_TAKEN' | 'HANDLE_RESERVED' | 'UNAVAILABLE' | 'FAILED',
    message: string,
  ) {
    super(message);
  }
}
