/** Whether the person is on line: chosen by them, kept by a heartbeat. */
import { ApiError, type Api } from "../api/client";
import type { PresenceState } from "../api/types";

export class Presence {
  state = $state<PresenceState>("offline");
  /** The desk put the person offline: the heartbeat did not come through for too long. */
  lost = $state(false);
  changing = $state(false);
  error = $state("");

  constructor(
    private readonly api: Pick<Api, "beat" | "setPresence">,
    private readonly onLost: () => void = () => {},
  ) {}

  async choose(state: PresenceState): Promise<void> {
    this.changing = true;
    this.error = "";
    try {
      this.state = (await this.api.setPresence(state)).state;
      this.lost = false;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.error = error.message;
    } finally {
      this.changing = false;
    }
  }

  async beat(): Promise<void> {
    if (this.changing) return;
    try {
      const { state } = await this.api.beat();
      // An answer to a beat that was sent before a choice tells nothing of it.
      if (this.changing || state === this.state) return;
      const dropped = state === "offline";
      this.state = state;
      if (dropped) {
        this.lost = true;
        this.onLost();
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The next beat tries again; the desk decides when the person is lost.
    }
  }
}
