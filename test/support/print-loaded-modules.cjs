// Loaded before a program (`node --require`): prints the packages of OpenTelemetry that the program loads.
const Module = require('node:module');

const load = Module._load;
const printed = new Set();
Module._load = function (request, parent, ...rest) {
  const [, name] = /(?:^|node_modules[\\/])(@opentelemetry[\\/][\w-]+)/.exec(String(request)) ?? [];
  if (name && !printed.has(name)) {
    printed.add(name);
    process.stdout.write(`loaded ${name}\n`);
  }
  return load.call(this, request, parent, ...rest);
};
