from __future__ import annotations

import pytest

from lang.mentions import Recogniser

# As patients write: what is said, and the ids of the specialties wanted, in order.
SAID = [
    ("к терапевту", "therapist"),
    ("запишите пожалуйста к тирапевту", "therapist"),
    ("нужен териапевт на завтра", "therapist"),
    ("терапефт", "therapist"),
    ("участковый врач принимает?", "therapist"),
    ("ТЕРАПЕВТА НАДО", "therapist"),
    ("педиатр", "pediatrician"),
    ("запишите дочку к педиатору", "pediatrician"),
    ("нам бы педиатра", "pediatrician"),
    ("детский врач нужен", "pediatrician"),
    ("к педеатру", "pediatrician"),
    ("врач общей практики", "family_doctor"),
    ("к семейному врачу", "family_doctor"),
    ("семейного доктора посоветуйте", "family_doctor"),
    ("гинеколог", "gynecologist"),
    ("к гениклогу", "gynecologist"),
    ("хочу к гениколгу", "gynecologist"),
    ("запись к акушеру-гинекологу", "gynecologist"),
    ("женский врач есть?", "gynecologist"),
    ("гинекологом хочу провериться", "gynecologist"),
    ("репродуктолог", "fertility_specialist"),
    ("к репрадуктологу", "fertility_specialist"),
    ("специалист по бесплодию", "fertility_specialist"),
    ("маммолог", "breast_specialist"),
    ("к мамологу", "breast_specialist"),
    ("хочу показаться мамалогу", "breast_specialist"),
    ("уролог", "urologist"),
    ("мужа к урологу", "urologist"),
    ("к уролгу", "urologist"),
    ("мужской врач", "urologist"),
    ("андролог", "andrologist"),
    ("к андрологу бы попасть", "andrologist"),
    ("нефролог", "nephrologist"),
    ("к нифрологу", "nephrologist"),
    ("врач по почкам", "nephrologist"),
    ("кардиолог", "cardiologist"),
    ("к кардеологу", "cardiologist"),
    ("кординолог маме нужен", "cardiologist"),
    ("маму к кардиологу, 70 лет", "cardiologist"),
    ("сосудистый хирург", "vascular_surgeon"),
    ("к сосудистому хирургу", "vascular_surgeon"),
    ("к сердечно-сосудистому хирургу", "vascular_surgeon"),
    ("флеболог", "phlebologist"),
    ("к флибологу с венами", "phlebologist"),
    ("невролог", "neurologist"),
    ("к неврапатологу", "neurologist"),
    ("невропатолог", "neurologist"),
    ("к невралогу на Соколе", "neurologist"),
    ("нейрохирург", "neurosurgeon"),
    ("к нейрохерургу", "neurosurgeon"),
    ("лор", "ent"),
    ("к лору", "ent"),
    ("лора хочу", "ent"),
    ("ухогорлонос", "ent"),
    ("к ухогорлоносу", "ent"),
    ("ухо горло нос врач", "ent"),
    ("ухо-горло-нос", "ent"),
    ("отоларинголог", "ent"),
    ("к отолорингологу", "ent"),
    ("оториноларинголога", "ent"),
    ("врач по ушам", "ent"),
    ("сурдолог", "audiologist"),
    ("к сурдологу деда", "audiologist"),
    ("окулист", "ophthalmologist"),
    ("к акулисту", "ophthalmologist"),
    ("офтальмолог", "ophthalmologist"),
    ("к офтольмологу", "ophthalmologist"),
    ("глазной", "ophthalmologist"),
    ("глазной врач", "ophthalmologist"),
    ("эндокринолог", "endocrinologist"),
    ("к ендокринологу", "endocrinologist"),
    ("эндокриналог", "endocrinologist"),
    ("врач по щитовидке", "endocrinologist"),
    ("диетолог", "dietitian"),
    ("к деетологу", "dietitian"),
    ("гастроэнтеролог", "gastroenterologist"),
    ("к гастроэнтерологу", "gastroenterologist"),
    ("гастоэнтеролог", "gastroenterologist"),
    ("к гастроентерологу", "gastroenterologist"),
    ("гастероэнтеролога надо", "gastroenterologist"),
    ("гепатолог", "hepatologist"),
    ("к гипатологу", "hepatologist"),
    ("врач по печени", "hepatologist"),
    ("проктолог", "proctologist"),
    ("к практологу", "proctologist"),
    ("колопроктолог", "proctologist"),
    ("дерматолог", "dermatologist"),
    ("к дермотологу", "dermatologist"),
    ("кожник", "dermatologist"),
    ("кожвен", "dermatologist"),
    ("к венерологу", "dermatologist"),
    ("кожный врач", "dermatologist"),
    ("дерматовенеролог", "dermatologist"),
    ("трихолог", "trichologist"),
    ("к трехологу", "trichologist"),
    ("врач по волосам", "trichologist"),
    ("косметолог", "cosmetologist"),
    ("к касметологу", "cosmetologist"),
    ("пластический хирург", "plastic_surgeon"),
    ("к пластическому хирургу", "plastic_surgeon"),
    ("аллерголог", "allergist"),
    ("к алергологу", "allergist"),
    ("аллерголог-иммунолог", "allergist"),
    ("к имунологу", "allergist"),
    ("пульмонолог", "pulmonologist"),
    ("к пульманологу", "pulmonologist"),
    ("ревматолог", "rheumatologist"),
    ("к ревмотологу", "rheumatologist"),
    ("гематолог", "hematologist"),
    ("к гемотологу", "hematologist"),
    ("онколог", "oncologist"),
    ("к анкологу", "oncologist"),
    ("инфекционист", "infectious_disease_specialist"),
    ("к инфикционисту", "infectious_disease_specialist"),
    ("хирург", "surgeon"),
    ("к хирургу", "surgeon"),
    ("к херургу", "surgeon"),
    ("хирурга на сегодня", "surgeon"),
    ("травматолог", "orthopedist"),
    ("к травмотологу", "orthopedist"),
    ("ортопед", "orthopedist"),
    ("к артопеду", "orthopedist"),
    ("травматолог-ортопед", "orthopedist"),
    ("мануальный терапевт", "manual_therapist"),
    ("к мануальщику", "manual_therapist"),
    ("остеопат", "manual_therapist"),
    ("к остиопату", "manual_therapist"),
    ("физиотерапевт", "physiotherapist"),
    ("к физеотерапевту", "physiotherapist"),
    ("врач лфк", "rehabilitation_doctor"),
    ("к спортивному врачу", "rehabilitation_doctor"),
    ("психиатр", "psychiatrist"),
    ("к псехиатру", "psychiatrist"),
    ("психотерапевт", "psychotherapist"),
    ("к психотерапефту", "psychotherapist"),
    ("психолог", "psychologist"),
    ("к писхологу", "psychologist"),
    ("клинический психолог", "psychologist"),
    ("нарколог", "addiction_psychiatrist"),
    ("мужа к нарокологу", "addiction_psychiatrist"),
    ("стоматолог", "dentist"),
    ("к стамотологу", "dentist"),
    ("зубной", "dentist"),
    ("зубной врач", "dentist"),
    ("к зубному", "dentist"),
    ("к дантисту", "dentist"),
    ("стоматолог-терапевт", "dentist"),
    ("ортодонт", "orthodontist"),
    ("к артодонту", "orthodontist"),
    ("генетик", "geneticist"),
    ("к генетику", "geneticist"),
    ("узист", "ultrasound_doctor"),
    ("врач узи", "ultrasound_doctor"),
    ("врач ультразвуковой диагностики", "ultrasound_doctor"),
    ("к гинекологу и неврологу", "gynecologist neurologist"),
    ("терапевт, лор и окулист", "therapist ent ophthalmologist"),
    ("не к хирургу, а к терапевту", "therapist"),
    ("хирург не нужен, нужен терапевт", "therapist"),
    ("терапевт, а не хирург", "therapist"),
    ("вместо невролога запишите к ортопеду", "orthopedist"),
    ("мне не невролога, а нейрохирурга", "neurosurgeon"),
    ("не могу попасть к хирургу", "surgeon"),
    ("не знаю, к хирургу или к ортопеду", "surgeon orthopedist"),
    ("консультация кардиолога", "cardiologist"),
    ("повторный приём невролога", "neurologist"),
    ("сколько стоит гинеколог", "gynecologist"),
    ("Здравствуйте! Болею третий день, температура, наверное к терапевту", "therapist"),
]


def wanted(recogniser: Recogniser, text: str, kind: str) -> list[str]:
    return [m.value for m in recogniser.find(text) if m.kind == kind and not m.negated]


@pytest.mark.parametrize(("text", "ids"), SAID)
def test_find_recognises_specialties(recogniser: Recogniser, text: str, ids: str) -> None:
    assert wanted(recogniser, text, "specialty") == ids.split()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "привет",
            "завтра в 10:30",
            "спасибо большое",
            "у меня болит голова",
            "да",
            "хорошо",
            "сколько стоит",
        ),
        *("адрес на Соколе", "Петров Илья", "89161234567", "не работает сайт", "врач", "к доктору", "asdf"),
        *("хочу отменить запись", "перенесите на среду", "лоток для кота", "кардинально не согласна"),
        *("психую уже", "зубы чистить", "генеральная доверенность", "глаз красный", "ухо болит"),
    ],
)
def test_find_sees_no_specialty_where_there_is_none(recogniser: Recogniser, text: str) -> None:
    assert wanted(recogniser, text, "specialty") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("логопед нужен", "логопед"),
        ("к логопеду", "логопед"),
        ("рентгенолог принимает?", "рентгенолог"),
        ("запишите к магу", "маг"),
        ("к вампирологу", "вампиролог"),
        ("ветеринар есть?", "ветеринар"),
    ],
)
def test_find_names_doctors_the_network_lacks(recogniser: Recogniser, text: str, name: str) -> None:
    assert wanted(recogniser, text, "unknown_doctor") == [name]
    assert wanted(recogniser, text, "specialty") == []


@pytest.mark.parametrize(
    ("text", "value", "child"),
    [
        ("детский лор", "ent", True),
        ("к детскому неврологу", "neurologist", True),
        ("детского стоматолога", "dentist", True),
        ("окулист для ребёнка", "ophthalmologist", True),
        ("лор детский", "ent", True),
        ("к лору", "ent", False),
        ("хирург, у меня двое детей", "surgeon", False),
    ],
)
def test_child_specialists_are_the_specialty_with_a_child(
    recogniser: Recogniser, text: str, value: str, child: bool
) -> None:
    (found,) = [m for m in recogniser.find(text) if m.kind == "specialty"]
    assert (found.value, found.child) == (value, child)


def test_every_specialty_is_found_by_every_way_to_call_it(recogniser: Recogniser) -> None:
    missed = [
        (specialty.id, phrase)
        for specialty in recogniser.catalogue.specialties.values()
        for phrase in (specialty.name, specialty.title, *specialty.synonyms, *specialty.lay)
        if specialty.id not in wanted(recogniser, phrase, "specialty")
    ]
    assert missed == []
