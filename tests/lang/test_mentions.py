from __future__ import annotations

import pytest

from lang.catalogue import Catalogue
from lang.mentions import DoctorName, Mention, Recogniser


def of_kind(recogniser: Recogniser, text: str, kind: str) -> list[Mention]:
    return [m for m in recogniser.find(text) if m.kind == kind and not m.negated]


DOCTORS = [
    ("к Ивановой", "Иванова", "anna alla"),
    ("к ивановой", "Иванова", "anna alla"),
    ("К ИВАНОВОЙ", "Иванова", "anna alla"),
    ("к Ивановой А.С.", "Иванова", "anna"),
    ("к Ивановой А. С. на завтра", "Иванова", "anna"),
    ("к А.С. Ивановой", "Иванова", "anna"),
    ("к ивановой анне сергеевне", "Иванова", "anna"),
    ("к Анне Ивановой", "Иванова", "anna"),
    ("к Алле Петровне Ивановой", "Иванова", "alla"),
    ("к Анне Сергеевне", "Иванова", "anna"),
    ("Анна Сергеевна принимает завтра?", "Иванова", "anna"),
    ("запишите к Иванову", "Иванов", "ilya"),
    ("у Иванова есть время?", "Иванов", "ilya"),
    ("врач Иванова", "Иванова", "anna alla"),
    ("доктора Иванову хочу", "Иванова", "anna alla"),
    ("к терапевту Ивановой", "Иванова", "anna alla"),
    ("Иванова", "Иванова", "anna alla"),
    ("к доктору Хирургову", "Хирургов", "oleg"),
    ("к Хирургову Олегу Ильичу", "Хирургов", "oleg"),
    ("хирургов олег ильич", "Хирургов", "oleg"),
    ("к Морозу", "Мороз", "vera"),
    ("к доктору мороз", "Мороз", "vera"),
    ("к Константинопольскому", "Константинопольский", "petr"),
    ("к константинапольскому", "Константинопольский", "petr"),
    ("хочу к доктору Констнтинопольскому", "Константинопольский", "petr"),
    ("к Малышевой", "Малышева", "elena"),
    ("к Шевченко", "Шевченко", "taras"),
    ("к Шевченку", "Шевченко", "taras"),
    ("к шевчнко", "Шевченко", "taras"),
    ("к Петровой-Водкиной", "Петрова-Водкина", "olga"),
    ("к Водкиной", "Петрова-Водкина", "olga"),
    ("у Белой есть окошко?", "Белая", "nina"),
    ("к Киму", "Ким", "kim"),
    ("к Ким Ларисе Владимировне", "Ким", "kim"),
    ("к Мамедову Эльдару", "Мамедов", "kazbek"),
    ("к Ткачуку", "Ткачук", "roman"),
    ("к ткочуку", "Ткачук", "roman"),
    ("к Семенову", "Семёнов", "semen"),
    ("к Семёнову Артему", "Семёнов", "semen"),
    ("к Черных", "Черных", "irina"),
    ("к Кравцу", "Кравец", "lev"),
    ("к Кравецу", "Кравец", "lev"),
    ("к доктору Сидорову", "Сидоров", ""),
    ("к Кузнецовой О. П.", "Кузнецова", ""),
]


@pytest.mark.parametrize(("text", "surname", "ids"), DOCTORS)
def test_find_recognises_doctors(recogniser: Recogniser, text: str, surname: str, ids: str) -> None:
    (found,) = of_kind(recogniser, text, "doctor")
    assert (found.value, " ".join(found.ids)) == (surname, ids)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "белая сыпь на коже",
            "на Малышева",
            "к терапевту",
            "к хирургу",
            "красный проспект",
            "у белой стены",
        ),
        *(
            "хочу к кардиологу",
            "завтра",
            "врач ЭКО",
            "к доктору",
            "на улице Малышева",
            "к врачу общей практики",
        ),
        *("анна", "к Анне", "привет", "в Москве", "черный кал", "не к Ивановой"),
    ],
)
def test_find_sees_no_doctor_where_there_is_none(recogniser: Recogniser, text: str) -> None:
    assert of_kind(recogniser, text, "doctor") == []


def test_a_bare_surname_is_less_sure_than_one_with_a_preposition(recogniser: Recogniser) -> None:
    (bare,) = of_kind(recogniser, "Иванова", "doctor")
    (asked,) = of_kind(recogniser, "к Ивановой", "doctor")
    assert bare.score < asked.score


def test_with_doctors_replaces_the_directory_only(recogniser: Recogniser) -> None:
    other = recogniser.with_doctors([DoctorName("new", "Сидоров", "Пётр", "Ильич")])
    assert [m.ids for m in of_kind(other, "к лору Сидорову", "doctor")] == [("new",)]
    assert [m.value for m in of_kind(other, "к лору Сидорову", "specialty")] == ["ent"]
    assert of_kind(recogniser, "к лору Сидорову", "doctor")[0].ids == ()


PLACES = [
    ("на Ленинском", "branch", "leninsky"),
    ("ленинский проспект", "branch", "leninsky"),
    ("у метро Новаторская", "branch", "leninsky"),
    ("запишите на таганке", "branch", "taganka"),
    ("на соколе", "branch", "sokol"),
    ("к кардиологу таганка завтра", "branch", "taganka"),
    ("узи почек сокол", "branch", "sokol"),
    ("в Митино", "branch", "mitino"),
    ("в митине", "branch", "mitino"),
    ("на Малышева", "branch", "malysheva"),
    ("на красном проспекте", "branch", "krasny"),
    ("Красный проспект", "branch", "krasny"),
    ("в Академгородке", "branch", "akademgorodok"),
    ("на Уралмаше", "branch", "uralmash"),
    ("клиника на безымянке", "branch", "bezymyanka"),
    ("площадь маркса", "branch", "marksa"),
    ("в Тольятти", "branch", "tolyatti"),
    ("в химках", "branch", "khimki"),
    ("на таганнке", "branch", "taganka"),
    ("в Москве", "region", "moscow"),
    ("Москва", "region", "moscow"),
    ("в Самаре", "region", "samara"),
    ("екатеринбург", "region", "yekaterinburg"),
    ("в Екатиринбурге", "region", "yekaterinburg"),
    ("екб", "region", "yekaterinburg"),
    ("в новосибе", "region", "novosibirsk"),
    ("из Новосибирска", "region", "novosibirsk"),
]


@pytest.mark.parametrize(("text", "kind", "value"), PLACES)
def test_find_recognises_places(recogniser: Recogniser, text: str, kind: str, value: str) -> None:
    assert [m.value for m in recogniser.find(text) if m.kind in {"branch", "region"}] == [value]
    assert of_kind(recogniser, text, kind)


@pytest.mark.parametrize(
    "text", ["красный глаз", "сыпь на красном лице", "сокол за окном", "первый этаж дома"]
)
def test_ordinary_words_are_no_places(recogniser: Recogniser, text: str) -> None:
    assert [m for m in recogniser.find(text) if m.kind in {"branch", "region"}] == []


def test_region_named_by_a_city_keeps_the_city(recogniser: Recogniser) -> None:
    (found,) = of_kind(recogniser, "в Самаре", "region")
    assert found.city == "Самара"


SERVICES = [
    ("узи брюшной полости", "us_abdomen"),
    ("узи мне бы брюшной полости", "us_abdomen"),
    ("УЗИ ЖИВОТА", "us_abdomen"),
    ("узи брюшной палости", "us_abdomen"),
    ("сделать узи печени и почек", "us_liver us_kidneys"),
    ("мрт головного мозга", "mri_brain"),
    ("мрт галовы", "mri_brain"),
    ("мрт головного мозга с контрастом", "mri_brain_contrast"),
    ("кт легких", "ct_chest"),
    ("экг", "fd_ecg"),
    ("сделать кардиограмму", "fd_ecg"),
    ("оак", "lab_cbc"),
    ("общий анализ крови", "lab_cbc"),
    ("сдать кровь на сахар и т4", "lab_glucose lab_t4_free"),
    ("витамин д и в12", "lab_vitamin_d lab_vitamin_b12"),
    ("ттг", "lab_tsh"),
    ("колоноскопия", "en_colonoscopy"),
    ("подготовка к калоноскопии", "en_colonoscopy"),
    ("гастероскопия", "en_egd"),
    ("флюрография", "xr_fluorography"),
    ("рентген грудной клетки", "xr_chest"),
    ("чистка зубов", "dn_hygiene"),
    ("справка в бассейн", "dc_pool"),
    ("прививка от гриппа", "vc_flu"),
]


@pytest.mark.parametrize(("text", "ids"), SERVICES)
def test_find_recognises_services(recogniser: Recogniser, text: str, ids: str) -> None:
    assert [m.value for m in of_kind(recogniser, text, "service")] == ids.split()


@pytest.mark.parametrize(
    ("text", "group"), [("узи", "group_ultrasound"), ("на мрт", "group_mri"), ("сдать анализы", "group_lab")]
)
def test_a_bare_group_is_a_group(recogniser: Recogniser, text: str, group: str) -> None:
    (found,) = of_kind(recogniser, text, "service")
    assert (found.value, found.group) == (group, True)


def test_a_group_with_words_of_a_service_gives_up_to_three(recogniser: Recogniser) -> None:
    (found,) = of_kind(recogniser, "мрт шейных позвонков", "service")
    assert not found.group
    assert 1 <= len(found.ids) <= 3
    assert found.value.startswith("mri_")


def test_nearly_every_service_is_found_by_every_way_to_call_it(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    asked = missed = 0
    for service in catalogue.services.values():
        if service.kind == "consultation":
            continue
        for phrase in (service.name, *service.synonyms):
            asked += 1
            missed += service.id not in [m.value for m in recogniser.find(phrase)]
    assert missed <= asked * 0.01


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ёлки, запишите к  ЛОРУ!", ["ЛОРУ"]),
        ("к Ивановой А.С., пожалуйста", ["Ивановой А.С."]),
        ("👍 к детскому неврологу", ["детскому неврологу"]),
        ("хирург - на Таганке", ["хирург", "Таганке"]),
    ],
)
def test_spans_are_in_the_original_text(recogniser: Recogniser, text: str, said: list[str]) -> None:
    found = recogniser.find(text)
    assert [text[m.start : m.end] for m in found] == said
    assert [m.text for m in found] == said


def test_all_in_one_message(recogniser: Recogniser) -> None:
    found = recogniser.find("запишите к лору на завтра утром на Ленинском")
    assert [(m.kind, m.value) for m in found] == [("specialty", "ent"), ("branch", "leninsky")]


@pytest.mark.parametrize(
    "text", ["", "   ", "👍👍", "!!!", "1" * 500, "а" * 1000, "к " * 300, "\n\n", "лор" * 200]
)
def test_find_survives_strange_texts(recogniser: Recogniser, text: str) -> None:
    assert isinstance(recogniser.find(text), list)


@pytest.mark.parametrize("text", ["13.01.1966", "5-9-19", "13", "19-9", "Горин Лев 89165550110 13.01.1966"])
def test_figures_alone_name_no_service(recogniser: Recogniser, text: str) -> None:
    assert of_kind(recogniser, text, "service") == []
