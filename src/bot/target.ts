const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The deployment is not one that the bot may load. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/**
 * The address of GraphQL of a deployment.
 * @param isOwned the operator has said that it may be loaded
 * @throws {TargetError}
 */
export function targetOf(text: string, isOwned: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new TargetError(`${text}: an address such as http://127.0.0.1:4000`);
  if (url.username || url.password) throw new TargetError('an address with a password would be seen by other users');
  if (!LOOPBACK.test(url.hostname) && !isOwned)
    throw new TargetError(
      `${url.hostname} is not this machine: the bot loads it as thousands of users would. ` +
        'Add --i-own-this-deployment if you may do that',
    );
  url.pathname = `${url.pathname.replace(/\/+$/, '').replace(/\/graphql$/, '')}/graphql`;
  return url.href;
}
