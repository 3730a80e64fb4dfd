from __future__ import annotations

import pytest

from lang.text import all_lemmas, analyser, lemma, normalise, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Ёлка\u00a0 и\tЁж ", "елка и еж"),
        ("3–4 декабря — да", "3-4 декабря - да"),
        ("за\u00adпись", "запись"),
        ("и\u0306од", "йод"),
        ("", ""),
        ("\u200b", ""),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("к Лору на 10утра!", ["к", "лору", "на", "10", "утра", "!"]),
        ("травматолог-ортопед", ["травматолог-ортопед"]),
        ("24.11, 10:30", ["24", ".", "11", ",", "10", ":", "30"]),
        ("5-го", ["5", "-", "го"]),
        ("3–4", ["3", "-", "4"]),
        ("и\u0306од", ["йод"]),
        ("🙂 ok_1", ["🙂", "ok", "_", "1"]),
        ("\u200b", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert [token.text for token in tokens(text)] == expected


def test_token_spans_point_into_the_original_text() -> None:
    text = "К  Ёжикову,\u00a0в СРЕДУ—утром"
    assert [text[token.start : token.end] for token in tokens(text)] == [
        "К", "Ёжикову", ",", "в", "СРЕДУ", "—", "утром",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Среду", "среда"),
        ("ребёнку", "ребенок"),
        ("понедельникам", "понедельник"),
        ("5", "5"),
        ("", ""),
        ("𗀀", "𗀀"),
    ],
)
def test_lemma(word: str, expected: str) -> None:
    assert lemma(word) == expected


def test_all_lemmas_keep_every_plausible_form() -> None:
    assert {"следующий", "следовать"} <= set(all_lemmas("следующую"))
    assert "иванов" in all_lemmas("Ивановой")


def test_token_tags() -> None:
    word, number, sign = tokens("врача 5 !")
    assert word.tag.startswith("NOUN")
    assert (number.tag, sign.tag) == ("NUMB", "PNCT")


def test_one_analyser_per_process() -> None:
    assert analyser() is analyser()
