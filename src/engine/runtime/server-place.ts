/**
 * Where a server is, for an operator: no user and no password. `host` in the query names a socket, as PostgreSQL's
 * drivers have it.
 */
export function serverPlace(url: string, defaultPort: number): string {
  if (!URL.canParse(url)) return 'an address that is no URL';
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? (hostname || 'localhost')}:${port || defaultPort}${pathname}`;
}
