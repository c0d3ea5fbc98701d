/** `madang/server`: a GraphQL schema over HTTP, WebSocket and SSE, with identity, limits and health. */
export type { HttpServer, HttpServerOptions, OperationRequest, Subscribe } from './server.js';
export { createHttpServer } from './server.js';
export type { Identity, TokenIssuer, TokenVerifier } from './identity/identity.js';
export { InvalidTokenError } from './identity/identity.js';
export { createDevTokens } from './identity/dev-tokens.js';
export { createJwtVerifier } from './identity/jwt-tokens.js';
export type { Limits } from './limits/limits.js';
export { DEFAULT_LIMITS } from './limits/limits.js';
export type { ServerMetrics } from './metrics.js';
export { createServerMetrics } from './metrics.js';
