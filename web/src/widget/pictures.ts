/** Pictures that the patient sends: what may be sent, and the desk's door for them. */
import { TEXTS } from "./texts";

export const PICTURE_TYPES = ["image/jpeg", "image/png", "image/webp"];
const LARGEST_BYTES = 10 * 1024 * 1024;
const UPLOAD_MS = 100_000;
const LOAD_MS = 20_000;
/** What comes of such an answer does not change by sending the same file again. */
const FINAL = [413, 415, 422];

/** What the desk made of an upload; `problem` are words for the patient, empty when none came. */
export type UploadAnswer =
  | { state: "sent"; seq: number | null }
  | { state: "failed" | "refused"; problem: string };

export interface PictureDoor {
  /** Never rejects: no answer is a failed upload. */
  upload(session: string, clientMsgId: string, file: Blob): Promise<UploadAnswer>;
  /** The thumbnail; rejects when it cannot be had. */
  load(session: string, id: string): Promise<Blob>;
}

/** Why the file cannot be sent, in words for the patient; null when it may be tried. */
export function pictureProblem(file: { name: string; type: string; size: number }): string | null {
  if (/hei[cf]$/i.test(file.type || file.name)) return TEXTS.pictures.heic;
  if (!PICTURE_TYPES.includes(file.type)) return TEXTS.pictures.format;
  return file.size > LARGEST_BYTES ? TEXTS.pictures.large : null;
}

export function pictureDoor(server: string, fetcher: typeof fetch = (url, init) => fetch(url, init)): PictureDoor {
  const headers = (session: string) => ({ Authorization: `Bearer ${session}` });
  return {
    async upload(session, clientMsgId, file) {
      try {
        const response = await fetcher(`${server}/pictures?client_msg_id=${encodeURIComponent(clientMsgId)}`, {
          method: "POST",
          body: file,
          headers: headers(session),
          signal: AbortSignal.timeout(UPLOAD_MS),
        });
        const told = (await response.json()) as { seq?: number; message?: string };
        if (response.ok) return { state: "sent", seq: told.seq ?? null };
        return { state: FINAL.includes(response.status) ? "refused" : "failed", problem: told.message ?? "" };
      } catch {
        return { state: "failed", problem: "" };
      }
    },
    async load(session, id) {
      const response = await fetcher(`${server}/pictures/${encodeURIComponent(id)}`, {
        headers: headers(session),
        signal: AbortSignal.timeout(LOAD_MS),
      });
      if (!response.ok) throw new Error(`picture: ${response.status}`);
      return response.blob();
    },
  };
}
