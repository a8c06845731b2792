/** Phones lie about the time: the server's is taken, and the order of events kept. */
export const WRONG_BY = 12 * 3600_000;
/** What the way of an answer may add; less is not worth two entries that change places. */
export const TOLERANCE = 2 * 60_000;
const VIETNAM = 7 * 3600_000;

export class Clock {
  /** Server minus phone, in milliseconds; kept from one visit to the next. */
  constructor(
    public offset = 0,
    private readonly phone: () => number = Date.now,
  ) {}

  /** From an answer: the server's time, and when the question left and the answer came, on this phone.
   * Says whether the correction is another one now. */
  learn(server: string, asked: number, answered: number): boolean {
    const measured = Math.round(Date.parse(server) - (asked + answered) / 2);
    if (Number.isNaN(measured) || Math.abs(measured - this.offset) <= TOLERANCE) return false;
    this.offset = Math.abs(measured) <= TOLERANCE ? 0 : measured;
    return true;
  }

  now(): number {
    return this.phone() + this.offset;
  }

  get isWrong(): boolean {
    return Math.abs(this.offset) > WRONG_BY;
  }

  /** ISO 8601 as clocks in Ho Chi Minh City show it, whatever the phone is set to. */
  iso(at = this.now()): string {
    return inVietnam(at);
  }

  today(): string {
    return this.iso().slice(0, 10);
  }
}

export function inVietnam(at: number): string {
  return new Date(at + VIETNAM).toISOString().replace("Z", "+07:00");
}
