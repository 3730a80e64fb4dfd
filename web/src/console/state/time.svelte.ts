/** The desk's clock, as far as this browser knows it; ticks once a second. */
export class Time {
  now = $state(Date.now());
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly skew: () => number) {}

  start(): void {
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.now = Date.now() + this.skew();
  }
}
