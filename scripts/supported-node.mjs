/**
 * The first module must parse on every Node.js with ES modules: otherwise an old one prints a syntax error instead of
 * this message. So this file and its static imports have no syntax that is younger than modules themselves.
 */
const OLDEST = [20, 19];

export function nodeRefusal(version) {
  const parts = version.replace(/^v/, '').split('.').map(Number);
  if (parts[0] > OLDEST[0] || (parts[0] === OLDEST[0] && parts[1] >= OLDEST[1])) return null;
  return (
    'madang: this is Node ' +
    version +
    ', and Madang needs ' +
    OLDEST.join('.') +
    ' or newer: install one from https://nodejs.org and run this again.'
  );
}

/** Runs the module on a supported Node.js; otherwise prints a message and ends with status 1. */
export function onSupportedNode(load) {
  const refusal = nodeRefusal(process.version);
  if (refusal !== null) {
    process.stderr.write(refusal + '\n');
    process.exit(1);
  }
  load().catch(function (error) {
    process.stderr.write(String((error && error.stack) || error) + '\n');
    process.exit(1);
  });
}
