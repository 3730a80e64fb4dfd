"""Russian in Latin letters, however it is romanised: both scripts are brought to one skeleton."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product

_RUSSIAN = {
    **dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziiklmnoprstufhcie", strict=True)),
    **{"ж": "J", "ч": "C", "ш": "S", "щ": "S", "ю": "iu", "я": "ia", "ь": "", "ъ": ""},
}
_RUSSIAN_TABLE = str.maketrans(_RUSSIAN)
_LATIN = re.compile(
    "shch|sch|sh|ch|zh|kh|tz|ts|ph|ck|ya|ja|ia|yu|ju|iu|yo|jo|ye|je|ii|iy|yi|ij|yj|[a-z]|[469]|['’`]"
)
# Several meanings: the commonest first.
_MEANT: dict[str, tuple[str, ...]] = {
    **{letter: (letter,) for letter in "abdefgiklmnoprstuvz"},
    **{"shch": ("S",), "sch": ("S", "sC"), "sh": ("S",), "6": ("S",), "ch": ("C",), "4": ("C",)},
    **{"zh": ("J",), "kh": ("h",), "h": ("h",), "x": ("h", "ks"), "tz": ("c",), "ts": ("c", "ts")},
    **{"ph": ("f",), "ck": ("k", "ck"), "c": ("c", "k", "s"), "q": ("k", "ia"), "w": ("v", "S")},
    **{"ya": ("ia",), "ia": ("ia",), "9": ("ia",), "ja": ("ia", "Ja"), "ju": ("iu", "Ju")},
    **{"yu": ("iu",), "iu": ("iu",), "je": ("e", "ie", "Je"), "jo": ("e", "io", "Jo")},
    "yo": ("e", "io"),
    "ye": ("e", "ie"),
    **dict.fromkeys(("ii", "iy", "yi", "ij", "yj", "y"), ("i",)),
    **{"j": ("i", "J"), "'": ("",), "’": ("",), "`": ("",)},
}
_SPELT = {
    **{"shch": "щ", "sch": "щ", "sh": "ш", "6": "ш", "ch": "ч", "4": "ч", "zh": "ж", "kh": "х", "tz": "ц"},
    **{
        "ts": "ц",
        "ph": "ф",
        "ck": "к",
        "9": "я",
        "'": "ь",
        "’": "ь",
        "`": "ь",
        "h": "х",
        "x": "кс",
        "q": "к",
    },
    **dict.fromkeys(("ya", "ja"), "я"),
    **{"ia": "ия", "iu": "ию", "ii": "ии", "yu": "ю", "ju": "ю", "yo": "е", "jo": "е", "ye": "е", "je": "е"},
    **{"iy": "ий", "yi": "ый", "ij": "ий", "yj": "ый", "w": "в", "c": "ц", "j": "й", "y": "ы"},
    **dict(zip("abdefgiklmnoprstuvz", "абдефгиклмнопрстувз", strict=True)),
}
_MOST_SKELETONS = 12
_VOWELS = "aeiouy"
_REPEATED = re.compile(r"(.)\1+")


def russian_skeleton(word: str) -> str:
    """The skeleton of a word in small Russian letters (ё as е); equal for words that sound nearly alike."""
    return _single(word.translate(_RUSSIAN_TABLE))


@lru_cache(maxsize=20_000)
def skeletons(word: str) -> tuple[str, ...]:
    """Skeletons a Latin word may have, the commonest way of romanising first; none for other letters."""
    parts = _LATIN.findall(word)
    if "".join(parts) != word:
        return ()
    choices = [_MEANT[part] for part in parts]
    chosen = islice(product(*choices), _MOST_SKELETONS)
    found = (_single("".join(parts)) for parts in chosen)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def spellings(word: str) -> tuple[str, ...]:
    """Russian spellings of a Latin word without any dictionary, the plainest first; () for other letters."""
    parts = _LATIN.findall(word)
    if "".join(parts) != word:
        return ()
    plain = ""
    for place, part in enumerate(parts):
        after_vowel = place > 0 and parts[place - 1][-1] in _VOWELS
        plain += "й" if part == "y" and after_vowel else _SPELT[part]
    plain = plain.replace("йа", "я").replace("йу", "ю").replace("йо", "е").replace("шх", "щ")
    options = [plain, re.sub("^е", "э", plain)]
    options += [re.sub("ы$", "и", plain), re.sub("ц$", "к", plain)]
    options += [option + "ь" for option in options if re.search("[бвдзлмнпрстфчшщж]$", option)]
    options += [plain.replace("ц", "к"), plain.replace("кс", "х"), plain.replace("ы", "й")]
    return tuple(dict.fromkeys(options))


def _single(skeleton: str) -> str:
    return _REPEATED.sub(r"\1", skeleton)
