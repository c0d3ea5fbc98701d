// Loaded before a program (`node --require`): its clock is five seconds ahead, as on a machine without a time server.
const AHEAD_MS = 5_000;

const Right = Date;
globalThis.Date = class Date extends Right {
  constructor(...given) {
    if (given.length === 0) super(Right.now() + AHEAD_MS);
    else super(...given);
  }

  static now() {
    return Right.now() + AHEAD_MS;
  }
};
