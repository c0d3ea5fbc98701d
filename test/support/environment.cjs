const asyncHooks = require('node:async_hooks');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

const { AsyncLocalStorage } = asyncHooks;
/** The storages of the current test file. */
const storages = new Set();
asyncHooks.AsyncLocalStorage = class extends AsyncLocalStorage {
  constructor(...options) {
    super(...options);
    storages.add(this);
  }
};

/**
 * Jest's environment for Node.js, without two costs that took most of the processor time of a run.
 *
 * By default the global object of a test file is a sandbox behind a proxy: each use of `Promise`, `Math` or `Buffer`
 * calls its traps and takes about a microsecond. Here it is an ordinary object. A test file still has a context of its
 * own.
 *
 * Jest makes an `AsyncLocalStorage` for each test file, and leaves it on. Before Node.js 24 each such storage is work
 * for every promise that the process ever makes after it. Here it is switched off at the end of the test file.
 */
module.exports = class LeanEnvironment extends TestEnvironment {
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

  async teardown() {
    await super.teardown();
    for (const storage of storages) storage.disable();
    storages.clear();
  }
};
