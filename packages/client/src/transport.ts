export type Variables = Readonly<Record<string, unknown>>;

export interface Sink<Data> {
  next(data: Data): void;
  /** Called with what the client library reports. Nothing comes after it. */
  error(error: unknown): void;
  complete(): void;
}

/** How operations reach the server: one of the client libraries, each with a module of its own here. */
export interface Transport {
  /** Runs a query or a mutation once. Rejects with what the client library reports. */
  request<Data>(query: string, variables: Variables): Promise<Data>;
  /**
   * Starts a subscription once: it does not start it again when the connection breaks.
   * @returns a function that ends it
   */
  subscribe<Data>(query: string, variables: Variables, sink: Sink<Data>): () => void;
}
