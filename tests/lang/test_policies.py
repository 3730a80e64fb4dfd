from __future__ import annotations

import pytest

from lang.phones import PhoneMatch, find_phone
from lang.policies import find_policy_number, without_policy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("полис 7712345678901234", "7712345678901234"),
        ("полис ОМС 7712 3456 7890 1234", "7712345678901234"),
        ("енп 7712-3456-7890-1234", "7712345678901234"),
        ("полис ДМС № 0045-778812", "0045-778812"),
        ("номер полиса Ладья AB-1234567/22", "AB-1234567/22"),
        ("по полису Парус Страхование 55501234", "55501234"),
        ("дмс ЕП 1234567", "ЕП 1234567"),
        ("полис: sb—778 812 45", "SB-778 812 45"),
        ("полис 12345678 89161234567", "12345678"),
        ("полис 12345678, 12.05.1987", "12345678"),
        ("полис 89161234567", "89161234567"),
    ],
)
def test_an_announced_number(text: str, value: str) -> None:
    found = find_policy_number(text)
    assert found is not None
    assert found.value == value
    assert text[found.start].isalnum()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "89161234567",
            "12345678",
            "полис есть, телефон 89161234567",
            "12.05.1987",
            "по полису завтра в 10",
        ),
        *("паспорт 4510 123456", "полис Ладья", "", "дмс на 15 число", "по дмс, иванов 12.05.1987"),
    ],
)
def test_no_policy(text: str) -> None:
    assert find_policy_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345678", "12345678"),
        (" № 0045-778812.", "0045-778812"),
        ("это 7712 3456 7890 1234", "7712345678901234"),
        ("AB 1234567", "AB 1234567"),
    ],
)
def test_a_bare_number_when_asked(text: str, value: str) -> None:
    found = find_policy_number(text, asked=True)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("text", ["89161234567", "+7 916 123-45-67", "12.05.1987", "в 10:30", "завтра", "2"])
def test_a_phone_or_a_date_is_no_policy_even_when_asked(text: str) -> None:
    assert find_policy_number(text, asked=True) is None


def test_phone_and_policy_in_one_line() -> None:
    text = "полис Ладья 4500123456 телефон 89160001122"
    policy, phone = find_policy_number(text), find_phone(without_policy(text))
    assert policy is not None
    assert policy.value == "4500123456"
    assert isinstance(phone, PhoneMatch)
    assert phone.e164 == "+79160001122"
