/** Who is logged in. */
import { ApiError, type Api } from "../api/client";
import type { Me } from "../api/types";
import { TEXTS } from "../texts";

export class Session {
  /** `asking`: the desk has not said yet whether a session is open. */
  status = $state<"asking" | "out" | "in">("asking");
  me = $state.raw<Me | null>(null);
  busy = $state(false);
  error = $state("");

  constructor(private readonly api: Api) {
    api.onExpired = () => {
      if (this.status === "in") this.error = TEXTS.login.ended;
      this.#end();
    };
  }

  /** Asks whether the browser's session is still open. */
  async resume(): Promise<void> {
    this.status = "asking";
    this.error = "";
    try {
      this.#begin(await this.api.me());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.#end();
      else this.error = error.message;
    }
  }

  async login(login: string, password: string): Promise<void> {
    this.busy = true;
    this.error = "";
    try {
      this.#begin(await this.api.login(login, password));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.error = error.message;
    } finally {
      this.busy = false;
    }
  }

  async logout(): Promise<void> {
    try {
      await this.api.logout();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Without an answer the session may still be open: it must not look closed.
      if (error.status !== 401) {
        this.error = error.message;
        return;
      }
    }
    this.error = "";
    this.#end();
  }

  #begin(me: Me): void {
    this.me = me;
    this.status = "in";
  }

  #end(): void {
    this.me = null;
    this.status = "out";
  }
}
