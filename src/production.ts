/**
 * Imported first. Unless NODE_ENV is `production`, graphql-js compares every type with those of a possible second copy
 * of itself, and other libraries run checks for their developers.
 */
process.env.NODE_ENV ??= 'production';
