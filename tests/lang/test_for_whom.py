from __future__ import annotations

import pytest

from lang.for_whom import find_for_whom, people_in


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ребёнку 3 года", {"who": "child", "age": 3}),
        ("сыну 8 лет", {"who": "child", "age": 8, "gender": "male"}),
        ("дочке 5 месяцев", {"who": "child", "age": 0, "gender": "female"}),
        ("грудничок, нужен ортопед", {"who": "child"}),
        ("запишите грудничка к неврологу", {"who": "child"}),
        ("мне нужно записать сына к лору", {"who": "child", "gender": "male"}),
        ("запишите дочь 17 лет", {"who": "child", "age": 17, "gender": "female"}),
        ("запишите супруга", {"who": "husband", "gender": "male"}),
        ("к окулисту для внучки, шести лет", {"who": "child", "age": 6, "gender": "female"}),
        ("ребенку полтора года, педиатр нужен", {"who": "child", "age": 1}),
        ("малышу полгода", {"who": "child", "age": 0}),
        ("пятилетний сын кашляет", {"who": "child", "age": 5, "gender": "male"}),
        ("8-летнему сыну к дерматологу", {"who": "child", "age": 8, "gender": "male"}),
        ("у ребёнка сыпь, запишите", {"who": "child"}),
        ("запишите сына 8 лет", {"who": "child", "age": 8, "gender": "male"}),
        ("сын 30 лет", {"who": "child", "age": 30, "gender": "male"}),
        ("с ребёнком к лору завтра", {"who": "child"}),
        ("запишите маму к кардиологу", {"who": "mother", "gender": "female"}),
        ("маме 70 лет, к кардиологу", {"who": "mother", "age": 70, "gender": "female"}),
        ("мама, 64 года", {"who": "mother", "age": 64, "gender": "female"}),
        ("отцу к урологу", {"who": "father", "gender": "male"}),
        ("папу записать хочу", {"who": "father", "gender": "male"}),
        ("для бабушки терапевт", {"who": "grandmother", "gender": "female"}),
        ("дедушке плохо видно", {"who": "grandfather", "gender": "male"}),
        ("мужа к хирургу", {"who": "husband", "gender": "male"}),
        ("на жену запишите", {"who": "wife", "gender": "female"}),
        ("для супруги", {"who": "wife", "gender": "female"}),
        ("супругу к неврологу", {"who": "husband", "gender": "male"}),
        ("на другого человека", {"who": "other"}),
        ("для тёщи", {"who": "other", "gender": "female"}),
        ("для себя", {"who": "self"}),
        ("мне 45 лет, к терапевту", {"who": "self", "age": 45}),
        ("мне 16 лет", {"who": "self", "age": 16}),
        ("нет, не мне, а маме", {"who": "mother", "gender": "female"}),
        ("не сыну, а дочке", {"who": "child", "gender": "female"}),
        ("не ребёнку, а мне", {"who": "self"}),
        ("нет, мне", {"who": "self"}),
        ("сыну, ой нет, дочке 4 года", {"who": "child", "age": 4, "gender": "female"}),
        ("запишите меня к лору", {"who": "self", "light": True}),
        ("к лору, 3 года", {"who": "child", "age": 3}),
        ("моей маме нужен кардиолог", {"who": "mother", "gender": "female"}),
    ],
)  # fmt: skip
def test_the_patient_is_recognised(text: str, value: dict[str, object]) -> None:
    found = find_for_whom(text)
    assert found is not None
    assert found.value() == value
    assert text[found.start : found.end].strip()


@pytest.mark.parametrize(
    "text",
    [
        *("к лору на завтра", "мама посоветовала вашу клинику, к лору", "телефон мужа 89160001122", ""),
        *("болит спина уже 2 года", "мне нужен терапевт", "дайте номер мамы", "муж привезёт, к хирургу"),
        *("с мужем приду", "после работы, в 18", "я хочу к терапевту", "мне удобно завтра", "89160001122"),
        *("делали 3 года назад", "детский сад рядом?"),
    ],
)
def test_nobody_is_named(text: str) -> None:
    assert find_for_whom(text) is None


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("я Лисицына Вера 89160001122, сын Лисицын Егор 12.03.2019", ["self", "child"]),
        ("Меня зовут Лисицына Вера, дочку зовут Лисицына Мила", ["self", "child"]),
        ("Лисицын Егор 12.03.2019, мама Лисицына Вера", ["mother"]),
        ("Лисицын Егор", []),
        ("запишите меня", []),
    ],
)
def test_everybody_in_one_line(text: str, who: list[str]) -> None:
    assert [person.who for person in people_in(text)] == who


def test_whoever_answers_is_no_patient() -> None:
    found = find_for_whom("Здравствуйте, доченька, мне бы к глазному")

    assert found is None or found.who == "self"
