"""Russian typed in Latin letters: by sound («skoruyu») or on the English keyboard («ytxtv lsifnm»)."""

from __future__ import annotations

import re
from functools import lru_cache

from lang.words import is_known

_SOUNDS = (
    *(("shch", "щ"), ("sch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш")),
    *(
        ("yu", "ю"),
        ("ju", "ю"),
        ("iu", "ю"),
        ("ya", "я"),
        ("ja", "я"),
        ("ia", "ия"),
        ("yo", "е"),
        ("iy", "ий"),
    ),
    *(("yi", "ы"), ("ph", "ф")),
    *zip("abvgdezijklmnoprstufhcyxwq", "абвгдезийклмнопрстуфхкыквк", strict=True),
)
_KEYS = str.maketrans("qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзфывапролдячсмить")
_ALL_KEYS = str.maketrans(
    "qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~",
    "йцукенгшщзхъфывапролджэячсмитьбюеЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЕ",
)
# What the keys of signs give in the Russian layout.
_SIGN_KEYS = str.maketrans("?/&^$", ",.?:;")


def by_keys(text: str) -> str:
    """What the same keys type in the Russian layout («[jxe» is «хочу»); other signs and figures stay."""
    return text.translate(_ALL_KEYS)


def sign_by_keys(text: str) -> str:
    """The Russian layout's sign for a key that types another one: «&» is the question mark."""
    return text.translate(_SIGN_KEYS)


def by_sound(text: str) -> str:
    """The Latin letters spelled in Russian ones; signs other than a hyphen are dropped."""
    text = text.lower()
    for latin, letters in _SOUNDS:
        text = text.replace(latin, letters)
    return re.sub("[^а-я-]", "", text)


@lru_cache(maxsize=20_000)
def russian(word: str) -> tuple[str, ...]:
    """The Russian words that a lower-case Latin one may stand for; any other word itself."""
    if not re.fullmatch("[a-z]+", word):
        return (word,)
    heard = by_sound(word)
    # The soft sign is rarely typed: «dyshat».
    meant = tuple(form for form in (heard, f"{heard}ь", word.translate(_KEYS)) if is_known(form))
    return meant or (word,)
