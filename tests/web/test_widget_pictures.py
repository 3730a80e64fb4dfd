"""Pictures in the widget: chosen, pasted, dropped, refused, sent again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.desk.pictures import photo
from tests.web.conftest import Watched
from tests.web.fake_desk import FakeDesk
from tests.web.test_widget import expect, opened

pytestmark = pytest.mark.browser

# A file out of a page's script, given to the chat as the browser gives files.
GIVE = """([kind, bytes, type]) => {
  const root = document.querySelector("maria-chat").shadowRoot;
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "photo", { type }));
  const options = { bubbles: true, cancelable: true, composed: true };
  if (kind === "paste")
    root.querySelector("textarea").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, ...options }));
  else root.querySelector(".panel").dispatchEvent(new DragEvent(kind, { dataTransfer: data, ...options }));
}"""


def give(page: Any, kind: str, data: bytes, media_type: str = "image/png") -> None:
    page.evaluate(GIVE, [kind, list(data), media_type])


def sent(page: Any) -> Any:
    return page.get_by_role("log").get_by_role("img", name="Фото, которое вы отправили")


def press_send(page: Any) -> None:
    page.get_by_role("button", name="Отправить", exact=True).click()


def test_a_picture_is_pasted_or_dropped_seen_and_sent_with_the_words_first(
    desk: FakeDesk, watched: Watched
) -> None:
    page = opened(desk, watched)
    pasted, dropped = photo("PNG"), photo("PNG", size=(64, 64))
    give(page, "paste", pasted)
    give(page, "dragover", dropped)
    page.get_by_text("Отпустите, чтобы прикрепить фото").wait_for()
    give(page, "drop", dropped)
    expect(page.get_by_text("Отпустите, чтобы прикрепить фото")).to_have_count(0)
    expect(page.get_by_role("img", name="ещё не отправлено")).to_have_count(2)
    page.get_by_label("Ваше сообщение").fill("вот направление")
    press_send(page)
    expect(sent(page)).to_have_count(2)
    expect(page.get_by_text("отправляется…")).to_have_count(0)
    assert desk.texts("patient")[0] == "вот направление"
    assert sorted(desk.pictures) == sorted([pasted, dropped])
    expect(page.get_by_role("img", name="ещё не отправлено")).to_have_count(0)
    assert watched.complaints == []


def test_what_the_desk_could_not_take_is_sent_again_and_what_it_refuses_is_not(
    desk: FakeDesk, watched: Watched
) -> None:
    page = opened(desk, watched)
    desk.picture_answers = [503, 200, 422]
    give(page, "paste", photo("PNG"))
    page.get_by_label("Ваше сообщение").press("Enter")
    page.get_by_role("log").get_by_text("Отказ 503").wait_for()
    page.get_by_role("button", name="Отправить ещё раз: фото").click()
    expect(page.get_by_role("log").get_by_text("Отказ 503")).to_have_count(0)
    expect(page.get_by_text("отправляется…")).to_have_count(0)
    assert desk.texts("patient") == ["[фото]"]
    give(page, "paste", photo("PNG"))
    press_send(page)
    page.get_by_role("log").get_by_text("Отказ 422").wait_for()
    expect(page.get_by_role("button", name="Отправить ещё раз: фото")).to_have_count(0)
    assert len(desk.pictures) == 3


def test_what_is_no_picture_never_leaves_the_browser(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    give(page, "drop", b"%PDF-1.7", "application/pdf")
    page.get_by_role("alert").get_by_text("Это не похоже на фото").wait_for()
    for _ in range(6):
        give(page, "paste", photo("PNG"))
    page.get_by_role("alert").get_by_text("не больше 5").wait_for()
    page.get_by_role("button", name="Убрать фото 5").click()
    expect(page.get_by_role("img", name="ещё не отправлено")).to_have_count(4)
    assert desk.pictures == []
