/** The form «Перезвоните мне»: sends itself once, says what is wrong beside each field. */
const FIELDS = ["name", "phone", "what", "consent"] as const;
const LOST = "Заявка не отправлена: нет связи. Проверьте интернет и нажмите ещё раз, дважды она не придёт.";
const SENDING = "Отправляю…";
const KEPT = "request-key";

interface Answer {
  text?: string;
  notice?: string | null;
  errors?: Record<string, string>;
}

const form = document.querySelector<HTMLFormElement>("#request-form");
if (form) form.addEventListener("submit", (event) => (event.preventDefault(), void send(form)));

async function send(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector("button");
  if (!button || button.disabled) return;
  button.disabled = true;
  say(form, SENDING);
  try {
    const response = await fetch("/requests", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(filled(form)),
    });
    const answer = (await response.json()) as Answer;
    showErrors(form, answer.errors ?? {});
    const words = [answer.notice, answer.text ?? answer.errors?.key].filter(Boolean).join(" ");
    say(form, words, !response.ok);
    if (response.ok) {
      sessionStorage.removeItem(KEPT);
      form.reset();
    }
  } catch {
    say(form, LOST, true);
  } finally {
    button.disabled = false;
  }
}

function filled(form: HTMLFormElement): Record<string, unknown> {
  const data = new FormData(form);
  const text = (name: string) => String(data.get(name) ?? "");
  return { key: key(), name: text("name"), phone: text("phone"), what: text("what"), consent: data.has("consent") };
}

/** The same until the request is known to be taken, over reloads too: a repeated one is not a second one. */
function key(): string {
  const kept = sessionStorage.getItem(KEPT);
  if (kept) return kept;
  const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  sessionStorage.setItem(KEPT, made.join(""));
  return made.join("");
}

function showErrors(form: HTMLFormElement, errors: Record<string, string>): void {
  for (const name of [...FIELDS].reverse()) {
    const field = form.querySelector<HTMLElement>(`[name="${name}"]`);
    const place = form.querySelector<HTMLElement>(`#request-${name}-wrong`);
    const wrong = errors[name] ?? "";
    if (place) {
      place.textContent = wrong;
      place.hidden = !wrong;
    }
    field?.setAttribute("aria-invalid", String(Boolean(wrong)));
    if (wrong) field?.focus();
  }
}

function say(form: HTMLFormElement, words: string, failed = false): void {
  const place = form.querySelector<HTMLElement>("#request-said");
  if (!place) return;
  place.textContent = words;
  place.classList.toggle("failed", failed);
}
