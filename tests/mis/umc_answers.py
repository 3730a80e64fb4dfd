"""Operations of BIT.UMC and answers to them that several tests need."""

from __future__ import annotations

from tests.mis.fake_umc import (
    Reply,
    json_reply,
)
from tests.mis.support import (
    HOLD_ID,
    REFUSAL,
    answer,
)

SCHEDULE = "Schedule.GetSchedule20"

BOOK = "AppointmentCreate.BookAnAppointmentWithParams"

DONE = json_reply(answer({"Результат": "true", "ОписаниеОшибки": " ", "УИД": HOLD_ID}))

FALSE = json_reply(answer({"Результат": "false", "ОписаниеОшибки": "Занято"}))

HTML = Reply("<html><body>Сервис не опубликован</body></html>".encode(), 200, "text/html")

GARBAGE = Reply(b"\x00\x01PK garbage")

CUT_JSON = Reply('{"Ответ":{"Результат":"tr'.encode(), 200, "text/html")

TEXT_500 = Reply(REFUSAL.encode(), 500, "text/plain; charset=utf-8")
