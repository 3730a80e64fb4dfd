"""Words around people's names, and words that only look like names."""

from __future__ import annotations

from pathlib import Path

import yaml

from lang.text import all_lemmas, parses
from lang.words import fold

TAILS = frozenset({"оглы", "оглу", "углы", "улы", "уулу", "кызы", "кизи", "гызы"})
LABELS = {"фамилия": "surname", "имя": "given", "отчество": "patronymic"}
MALE_CUES = frozenset(
    {"сына", "сыну", "мужа", "мужу", "брата", "папу", "отца", "деда", "внука", "мальчика", "сын"}
)
GOOD = frozenset({"добрый", "доброе", "доброго", "доброй", "добрая"})
TIMES_OF_DAY = frozenset(
    {"день", "дня", "вечер", "вечера", "утро", "утра", "утречко", "ночи", "времени", "суток"}
)
COURTESY = frozenset({"здравствуйте", "здрасте", "привет", "приветствую", "спасибо"}) | GOOD | TIMES_OF_DAY
# Greetings that are surnames too: «Светлана Привет».
GREETING_SURNAMES = frozenset({"привет"})
FILLERS = (
    frozenset(
        {
            *("меня", "мое", "моё", "моя", "мой", "мою", "моего", "моей", "моему", "мне", "я", "это", "фио"),
            *(
                "ф",
                "и",
                "запись",
                "пациент",
                "пациентка",
                "пациента",
                "пациентку",
                "на",
                "для",
                "сын",
                "дочь",
            ),
            *("дочка", "дочку", "дочери", "ребенок", "ребёнок", "ребенка", "ребёнка", "муж", "а", "жену"),
            *("жена", "жены", "маму", "мама", "мамы", "папа", "бабушку", "бабушка", "дедушку", "дедушка"),
            *("внук", "внучку", "внучка", "сестру", "сестра", "брат", "девочку", "девочка", "наш", "нашего"),
            *("нашу", "полное", "да", "пожалуйста", "будет", "о", "его", "ее", "её", "имени", "отчество"),
            *("полностью", "тел", "телефон", "др", "рождения", "дата", "г", "р", "года", "год", "номер"),
        }
    )
    | MALE_CUES
    | COURTESY
)
_FILLER_VERBS = frozenset(
    {
        *(
            "звать",
            "зовут",
            "хотеть",
            "записать",
            "записывать",
            "записаться",
            "писать",
            "написать",
            "оформить",
        ),
        *("оформлять", "внести", "вносить", "вписать", "указать", "называться", "представиться"),
    }
)
_DAYS = frozenset({"понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"})
_MONTHS = frozenset(
    {
        *("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь"),
        *("ноябрь", "декабрь"),
    }
)
# «Пятница Анна», «Среда Олег Ильич» are people too.
CALENDAR_SURNAMES = _DAYS | _MONTHS
NEVER = (
    frozenset(
        {
            *("врач", "доктор", "администратор", "оператор", "девушка", "мужчина", "женщина", "человек"),
            *(
                "клиника",
                "прием",
                "приём",
                "завтра",
                "сегодня",
                "января",
                "февраля",
                "марта",
                "апреля",
                "мая",
            ),
            *("июня", "июля", "августа", "сентября", "октября", "ноября", "декабря", "вечером", "утром"),
            *("анализ", "узи", "лор", "терапевт", "хирург", "ок", "окей", "ага", "угу", "алло", "неа"),
        }
    )
    | _DAYS
)
OF_A_DOCTOR = frozenset({"к", "ко", "у", "от", "доктор", "доктору", "доктора", "врач", "врачу", "врача"})
# Alone these are replies or the ENT doctor, though the dictionary has them as names («хай»: many called Хая).
NO_NAME_ALONE = frozenset(
    {
        *(
            "хай",
            "бай",
            "лады",
            "пока",
            "чао",
            "хей",
            "хэй",
            "эй",
            "ага",
            "ок",
            "ля",
            "май",
            "здарова",
            "дарова",
        ),
        *(
            "здорова",
            "здоров",
            "ало",
            "алло",
            "але",
            "дада",
            "даа",
            "нене",
            "лора",
            "лору",
            "ура",
            "вау",
            "опа",
        ),
    }
)
_FUNCTION_WORDS = frozenset({"PREP", "CONJ", "PRCL", "NPRO", "INTJ"})
_SYLLABLES = frozenset(
    {
        *("ен", "ён", "су", "чжи", "чжу", "мин", "минь", "хо", "хён", "хен", "джун", "чжун", "сон", "сок"),
        *(
            "чоль",
            "хи",
            "ми",
            "ок",
            "сук",
            "ра",
            "на",
            "ын",
            "юн",
            "гю",
            "кю",
            "тхэ",
            "тэ",
            "ли",
            "ян",
            "вэй",
        ),
        *("лин", "мэй", "хуа", "лань", "сяо", "тао", "бо", "дон", "туан", "ань", "линь", "гын", "у", "джи"),
    }
)
_PARTICLES = frozenset({"фон", "де", "дю", "ди", "дель", "дос", "эль", "аль", "ибн", "ла", "ле", "цу"})
_DUTCH = frozenset({"дер", "ден", "де"})
GIVEN_NAMES = frozenset(
    name.lower().replace("ё", "е")
    for name in yaml.safe_load(Path(__file__).with_name("given_names.yml").read_text("utf-8"))["given_names"]
)


def is_filler(word: str) -> bool:
    """Whether a word says nothing of its own beside a name («меня зовут», «записываем сына»)."""
    plain = word.lower()
    return plain in FILLERS or any(lemma in _FILLER_VERBS for lemma in all_lemmas(plain))


def is_function_word(text: str) -> bool:
    """Whether the word is likeliest a preposition, conjunction, particle, pronoun or interjection."""
    readings = parses(text)
    return bool(readings) and readings[0].tag.POS in _FUNCTION_WORDS


def is_syllable(text: str) -> bool:
    """Whether the word can be a syllable of a Korean, Chinese or Vietnamese given name."""
    return text in _SYLLABLES


def is_noble_particle(word: str, following: str) -> bool:
    """«фон» of «фон Берг», «ван» of «ван дер Берг» (but «Ван» of «Ван Минь» is a surname)."""
    plain = fold(word)
    if plain == "ван":
        return fold(following) in _DUTCH
    return plain in _PARTICLES or plain in {"дер", "ден"}
