/** The handle is another user's, or was until lately, or the system did not get to it in time. */
export class RegistrationError extends Error {
  constructor(
    readonly code: 'HANDLE_TAKEN' | 'HANDLE_RESERVED' | 'UNAVAILABLE',
    message: string,
  ) {
    super(message);
  }
}
