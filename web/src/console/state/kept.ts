/** What a window keeps over a reload. Everything with patients' words stays in the tab and goes at the logout. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const PREFIX = "maria-staff-";

export class Kept<T> {
  readonly #key: string;

  constructor(
    private readonly store: Store,
    name: string,
    owner: number,
    private readonly empty: T,
  ) {
    this.#key = `${PREFIX}${name}-${owner}`;
  }

  read(): T {
    try {
      const found = this.store.getItem(this.#key);
      return found === null ? this.empty : (JSON.parse(found) as T);
    } catch {
      return this.empty;
    }
  }

  write(value: T): void {
    try {
      this.store.setItem(this.#key, JSON.stringify(value));
    } catch {
      // A full or forbidden storage costs the comfort of a reload and nothing else.
    }
  }

  forget(): void {
    try {
      this.store.removeItem(this.#key);
    } catch {
      // Nothing was kept either.
    }
  }
}
