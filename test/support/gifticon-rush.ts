import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from './conditions.js';
import type { Customer } from './gifticon-customer.js';

export interface RushOptions {
  readonly customers: readonly Customer[];
  /** The number of decided requests by campaign. Fails while the database is away. */
  readonly decided: () => Promise<ReadonlyMap<string, number>>;
  /** The next random number, 0 … 1. */
  readonly random: () => number;
  readonly over: AbortSignal;
}

export interface Fault {
  readonly what: string;
  /** The number of accepted requests that are not decided. */
  readonly waiting: number;
}

/**
 * The number of waiting requests of each campaign, while there are customers: so that every fault happens in the middle
 * of a drain.
 */
const WAITING = 15;
/** While the number of waiting requests is not known, one customer comes in each such time. */
const TRICKLE_MS = 200;
const LOOK_MS = 50;

/**
 * Keeps the queues of its campaigns filled, on a machine of any speed: customers come as those before them are served.
 * Half of them press three times, under two ids, and half of these before they had an answer; half of all watch their
 * request.
 */
export class Rush {
  readonly faults: Fault[] = [];
  private readonly lines: string[] = [];
  private readonly began = performance.now();
  private readonly waitingOutside: Map<string, Customer[]>;
  private readonly inside: Promise<void>[] = [];
  private counts: ReadonlyMap<string, number> = new Map();
  private closing = false;
  /** The limit of customers so far: a long fault must not use up the customers for the next one. */
  private invited: number;
  private readonly letting: Promise<void>;

  constructor(private readonly options: RushOptions) {
    const campaigns = [...new Set(options.customers.map(({ campaignId }) => campaignId))];
    this.waitingOutside = new Map(
      campaigns.map((id) => [id, options.customers.filter(({ campaignId }) => campaignId === id)]),
    );
    this.invited = WAITING * campaigns.length;
    this.letting = this.letIn();
  }

  /** A random time later, measured in decisions, and then by the clock; in the middle of a drain. */
  async moment(): Promise<void> {
    const [from, more] = [this.decided, 8 + Math.floor(this.options.random() * 22)];
    // No more than a moment needs: on a slow machine, all who may come are served before the next fault.
    this.invited = Math.max(this.invited, this.come + 30 + WAITING);
    await until(
      () => this.decided >= from + more,
      () => `${more} requests are decided, after ${from}: ${this.state()}`,
      90_000,
    );
    await this.rest(200);
    await this.untilQueued();
  }

  /** Waits until a request waits for its decision. To be called before a fault that follows no {@link moment}. */
  async untilQueued(): Promise<void> {
    if (this.accepted <= this.decided) this.invited = Math.max(this.invited, this.come + WAITING);
    await until(
      () => this.accepted > this.decided,
      () => `a request waits: ${this.state()}`,
      90_000,
    );
  }

  rest(upToMs: number): Promise<void> {
    return delay(this.options.random() * upToMs);
  }

  shuffled<T>(values: readonly T[]): T[] {
    return values
      .map((value) => ({ value, by: this.options.random() }))
      .sort((a, b) => a.by - b.by)
      .map(({ value }) => value);
  }

  /** To be called right before a fault. */
  fault(what: string): void {
    this.faults.push({ what, waiting: this.accepted - this.decided });
    this.note(`${what}: ${this.state()}`);
  }

  private state(): string {
    return `${this.come} of ${this.invited} have come, ${this.accepted} accepted, ${this.decided} decided`;
  }

  note(what: string): void {
    const line = `${Math.round(performance.now() - this.began)} ms ${what}`;
    this.lines.push(line);
    if (process.env.FAULT_VERBOSE) process.stderr.write(`${line}\n`);
  }

  /**
   * Lets all remaining customers come at once. Resolves when all have been answered, and have the outcomes of all
   * accepted requests.
   */
  async end(): Promise<void> {
    this.closing = true;
    this.note('everyone comes');
    await this.letting;
    await Promise.all(this.inside);
    // Customers who do not watch may be behind those who do.
    await Promise.all(
      this.options.customers.flatMap((customer) => [...customer.accepted].map((id) => customer.watch(id))),
    );
    this.note('everyone has an outcome');
  }

  syntheticLog(): string {
    return this.lines.join('\n');
  }

  private get decided(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  private get come(): number {
    return (
      this.options.customers.length - [...this.waitingOutside.values()].reduce((sum, { length }) => sum + length, 0)
    );
  }

  private get accepted(): number {
    return this.options.customers.reduce((sum, { accepted }) => sum + accepted.size, 0);
  }

  private async letIn(): Promise<void> {
    let trickled = performance.now();
    while (!this.options.over.aborted && [...this.waitingOutside.values()].some(({ length }) => length > 0)) {
      const counts = await this.options.decided().catch(() => null);
      this.counts = counts ?? this.counts;
      const extra = counts === null && performance.now() - trickled > TRICKLE_MS;
      if (extra) trickled = performance.now();
      for (const [campaignId, outside] of this.waitingOutside) {
        const come =
          this.options.customers.filter((customer) => customer.campaignId === campaignId).length - outside.length;
        const wanted = this.closing ? outside.length : WAITING - (come - (this.counts.get(campaignId) ?? 0));
        const may = this.closing ? outside.length : Math.max(0, this.invited - this.come);
        this.inside.push(
          ...outside.splice(0, Math.min(may, Math.max(wanted, extra ? 1 : 0))).map((customer) => this.visit(customer)),
        );
      }
      await delay(LOOK_MS);
    }
    while (!this.closing && !this.options.over.aborted) {
      this.counts = await this.options.decided().catch(() => this.counts);
      await delay(LOOK_MS);
    }
  }

  private async visit(customer: Customer): Promise<void> {
    const { random } = this.options;
    const [deadline, curiosity, id] = [random(), random(), randomUUID()];
    const first = customer.press(id);
    if (deadline < 0.25) await first;
    const more = deadline < 0.5 ? [customer.press(id), this.rest(500).then(() => customer.press())] : [];
    await first;
    if (curiosity < 0.5 && customer.accepted.has(id)) await customer.watch(id);
    await Promise.all(more);
  }
}
