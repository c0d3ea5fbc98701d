/** A parent for a test to kill: starts one server with the modules in a folder, says where it is, and stays. */
const [module = '', exported = '', dataDir] = process.argv.slice(2);
const servers = await import(module);
const server = await servers[exported]({ dataDir, log: { info() {}, warn() {}, error() {} } });
process.send({ url: server.url, pid: server.pid });
