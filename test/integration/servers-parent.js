/** A parent for a test to kill: starts one server with the modules in a folder, says where it is, and stays. */
const [folder, name, dataDir] = process.argv.slice(2);
const { [`start${name[0].toUpperCase()}${name.slice(1)}`]: start } = await import(`${folder}/${name}.js`);
const log = { info() {}, warn() {}, error() {} };
const server = await start({ dataDir, log });
process.send({ url: server.url, pid: server.pid });
