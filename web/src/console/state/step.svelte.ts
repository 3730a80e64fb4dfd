/** One call to the desk at a time, and in words what went wrong with the last one. */
import { ApiError } from "../api/client";

export class Step {
  busy = $state(false);
  problem = $state("");

  protected async run(action: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = "";
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.message;
    } finally {
      this.busy = false;
    }
  }
}
