import { describe, expect, it } from "vitest";

import { pictureDoor, pictureProblem } from "../src/widget/pictures";
import { TEXTS } from "../src/widget/texts";

const file = (name: string, type: string, size = 1000) => ({ name, type, size });

describe("what may be sent", () => {
  it.each([
    [file("a.jpg", "image/jpeg"), null],
    [file("a.png", "image/png"), null],
    [file("a.webp", "image/webp"), null],
    [file("a.jpg", "image/jpeg", 11 * 1024 * 1024), TEXTS.pictures.large],
    [file("a.heic", "image/heic"), TEXTS.pictures.heic],
    [file("IMG_1.HEIC", ""), TEXTS.pictures.heic],
    [file("a.pdf", "application/pdf"), TEXTS.pictures.format],
    [file("a.svg", "image/svg+xml"), TEXTS.pictures.format],
    [file("a.jpg", ""), TEXTS.pictures.format],
  ])("%o", (chosen, problem) => {
    expect(pictureProblem(chosen)).toBe(problem);
  });
});

describe("the desk's door", () => {
  const answering = (status: number, body: string) => {
    const asked: { url: string; init: RequestInit | undefined }[] = [];
    const door = pictureDoor("https://desk.example", (url, init) => {
      asked.push({ url: String(url), init });
      return status ? Promise.resolve(new Response(body, { status })) : Promise.reject(new TypeError("offline"));
    });
    return { door, asked };
  };

  it("gets the file with the session in a header, never in the address", async () => {
    const { door, asked } = answering(200, '{"ok": true, "seq": 7}');
    expect(await door.upload("secret", "id1", new Blob(["x"]))).toEqual({ state: "sent", seq: 7 });
    expect(asked[0]!.url).toBe("https://desk.example/pictures?client_msg_id=id1");
    expect(asked[0]!.init?.headers).toEqual({ Authorization: "Bearer secret" });
  });

  it.each([
    [415, '{"message": "Не фото"}', { state: "refused", problem: "Не фото" }],
    [422, '{"message": "Повреждено"}', { state: "refused", problem: "Повреждено" }],
    [429, '{"message": "Подождите"}', { state: "failed", problem: "Подождите" }],
    [503, '{"message": "Неполадка"}', { state: "failed", problem: "Неполадка" }],
    [502, "<html>", { state: "failed", problem: "" }],
    [0, "", { state: "failed", problem: "" }],
  ])("answers %i", async (status, body, answer) => {
    expect(await answering(status, body).door.upload("s", "id1", new Blob(["x"]))).toEqual(answer);
  });

  it("gives no picture where there is none", async () => {
    await expect(answering(404, "{}").door.load("s", "p1")).rejects.toThrow("404");
  });
});
