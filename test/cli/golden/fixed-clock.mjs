/** Loaded before the command: the wall clock stands still at OUTRIDER_TEST_NOW, Unix milliseconds. */
const nowMs = Number(process.env.OUTRIDER_TEST_NOW);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [nowMs] : given));
  }
  static now() {
    return nowMs;
  }
};
