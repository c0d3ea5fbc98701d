/**
 * The handle is another user's, or was until lately, or the system did not get to it in time. FAILED: the claim was
 * refused for a reason that says nothing of whose the handle is, such as a decider that cannot read it.
 */
export class RegistrationError extends Error {
  constructor(
    readonly code: 'HANDLE_TAKEN' | 'HANDLE_RESERVED' | 'UNAVAILABLE' | 'FAILED',
    message: string,
  ) {
    super(message);
  }
}
