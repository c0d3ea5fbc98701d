/**
 * Imported first. Unless they are told that this is production, graphql-js compares every type that it meets with those
 * of a second copy of itself, and other libraries have checks of their own for those who develop with them.
 */
process.env.NODE_ENV ??= 'production';
