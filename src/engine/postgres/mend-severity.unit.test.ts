import { faultOf } from './errors.js';
import { Parser } from './mend-severity.js';

/** An error or a notice as the server sends it. */
function packet(type: 'E' | 'N', fields: Readonly<Record<string, string>>): Buffer {
  const body = Buffer.from(
    `${Object.entries(fields)
      .map(([letter, text]) => `${letter}${text}\0`)
      .join('')}\0`,
  );
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function read(...packets: readonly Buffer[]): object[] {
  const messages: object[] = [];
  new Parser().parse(Buffer.concat(packets), (message) => messages.push(message));
  return messages;
}

const KOREAN = { S: '치명적오류', V: 'FATAL', C: 'XX000', M: '오류', R: 'ProcessInterrupts' };

test('the severity of an error is in English, in any language of the server', () => {
  const [fatal, error, notice] = read(
    packet('E', KOREAN),
    packet('E', { S: '오류', V: 'ERROR', C: 'XX000', M: 'V in the text\nVFATAL' }),
    packet('N', { S: '알림', V: 'NOTICE', C: '00000', M: 'x' }),
  );
  expect([fatal, error, notice]).toMatchObject([
    { severity: 'FATAL', code: 'XX000', message: '오류', routine: 'ProcessInterrupts' },
    { severity: 'ERROR' },
    { severity: 'NOTICE' },
  ]);
  expect([faultOf(fatal), faultOf(error)]).toEqual(['passing', 'record']);
});

test('an error without the field V keeps its severity', () => {
  expect(read(packet('E', { S: 'FATAL', C: '57P01', M: 'x' }))).toMatchObject([{ severity: 'FATAL', code: '57P01' }]);
});
