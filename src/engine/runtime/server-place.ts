/**
 * The place of a server, for an operator: without user and password. `host` in the query names a socket, as in
 * PostgreSQL's drivers.
 */
export function serverPlace(url: string, defaultPort: number): string {
  if (!URL.canParse(url)) return 'an address that is no URL';
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? (hostname || 'localhost')}:${port || defaultPort}${pathname}`;
}
