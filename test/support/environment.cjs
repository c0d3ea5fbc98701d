const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest's environment for Node.js, with an ordinary global object. By default the global object of a test file is a
 * sandbox behind a proxy: each use of `Promise`, `Math` or `Buffer` calls its traps and takes about a microsecond. Code
 * that runs inside a test file, such as a decider or a simulation, took several times the processor time of the program.
 * A test file still has a context of its own.
 */
module.exports = class OrdinaryGlobals extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    let created = false;
    vm.createContext = () => {
      created = true;
      return createContext(vm.constants.DONT_CONTEXTIFY);
    };
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
    if (!created) throw new Error('jest-environment-node no longer calls vm.createContext: see environment.cjs');
  }
};
