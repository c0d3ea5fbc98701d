import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { refuseTakenPort } from './wanted-port.js';

test('a taken port is refused with its setting; a free one, and 0, are not', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(refuseTakenPort('127.0.0.1', port, 'PORT')).rejects.toMatchObject({
    code: 'PORT_UNUSABLE',
    message: `port ${port} of 127.0.0.1 is taken: set PORT to another one, or stop the process that listens there`,
  });
  other.close();
  await once(other, 'close');
  await refuseTakenPort('127.0.0.1', port, 'PORT');
  await refuseTakenPort('127.0.0.1', 0, 'PORT');
});

test('an address of another machine is refused as well', async () => {
  await expect(refuseTakenPort('192.0.2.1', 4000, 'PORT')).rejects.toThrow(
    /^port 4000 of 192\.0\.2\.1 cannot be listened on \(.*EADDRNOTAVAIL.*\): set PORT/,
  );
});
