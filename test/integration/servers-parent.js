/** A parent for a test to kill: starts one server with the modules in a folder, says where it is, and stays. */
const [folder, name, dataDir] = process.argv.slice(2);
const exported = { postgres: 'startPostgres', redis: 'startRedis', kafka: 'startKafka' }[name];
const servers = await import(`${folder}/${name}.js`);
const server = await servers[exported]({ dataDir, log: { info() {}, warn() {}, error() {} } });
process.send({ url: server.url, pid: server.pid });
