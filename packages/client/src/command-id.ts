/**
 * A new commandId, as a UUIDv7. Ids that rise with time are added at the end of the server's index of receipts, which
 * stays small and in memory; random ones are added everywhere.
 */
export function newCommandId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
