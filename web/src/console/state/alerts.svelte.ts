/** Sound and notifications of the desktop. They never hold what a patient wrote: others may see the screen. */
import { TEXTS } from "../texts";
import type { Kept } from "./kept";
import type { News } from "./lists.svelte";

const TONES: Record<News["kind"], readonly number[]> = {
  message: [660],
  assigned: [660, 880],
  urgent: [880, 660, 880, 660, 880],
};
const TONE_SECONDS = 0.14;

export class Alerts {
  sound = $state(true);
  permission = $state<NotificationPermission | "none">("none");
  #audio: AudioContext | undefined;

  constructor(
    private readonly kept: Kept<boolean>,
    private readonly onOpen: (conversation: string) => void,
  ) {
    this.sound = kept.read();
    if (typeof Notification !== "undefined") this.permission = Notification.permission;
  }

  setSound(on: boolean): void {
    this.sound = on;
    this.kept.write(on);
    if (on) this.play("message");
  }

  async ask(): Promise<void> {
    if (typeof Notification !== "undefined") this.permission = await Notification.requestPermission();
  }

  /** `looking`: the person sees this very conversation now. */
  tell(news: News, looking: boolean): void {
    if (looking && news.kind === "message") return;
    if (this.sound) this.play(news.kind);
    if (this.permission !== "granted" || (!document.hidden && document.hasFocus())) return;
    const shown = new Notification(TEXTS.notices[news.kind], {
      body: TEXTS.notices.body,
      tag: news.row.id,
      requireInteraction: news.kind !== "message",
    });
    shown.onclick = () => {
      window.focus();
      shown.close();
      this.onOpen(news.row.id);
    };
  }

  play(kind: News["kind"]): void {
    if (typeof AudioContext === "undefined") return;
    const audio = (this.#audio ??= new AudioContext());
    // Before the first click or key the browser keeps it silent.
    if (audio.state === "suspended") void audio.resume();
    TONES[kind].forEach((hertz, index) => {
      const start = audio.currentTime + index * TONE_SECONDS * 1.2;
      const gain = new GainNode(audio, { gain: 0 });
      gain.gain.setValueAtTime(0.0001, start);
      gain.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + TONE_SECONDS);
      const tone = new OscillatorNode(audio, { frequency: hertz });
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + TONE_SECONDS);
    });
  }
}
