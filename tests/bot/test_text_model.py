from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.text_model import Document, Shape, TextModel
from bot.word_vectors import SIZE, word_vectors

TAUGHT = {
    "book": ["записать к врач", "хотеть на прием", "записаться к _specialty_", "нужный прием завтра"],
    "price": ["сколько стоить прием", "какой цена", "почем узи", "сколько стоить _service_"],
    "bye": ["до свидание", "пока", "всего хороший", "до встреча"],
}


def document(text: str) -> Document:
    words = tuple(text.split())
    return Document(words, tuple(word for word in words if "_" not in word), text)


@pytest.fixture(scope="module")
def model() -> TextModel:
    fitted = TextModel(Shape(C=5.0))
    pairs = [(document(text), label) for label, texts in TAUGHT.items() for text in texts]
    fitted.fit([read for read, _ in pairs], [label for _, label in pairs])
    return fitted


@pytest.fixture
def saved(model: TextModel, tmp_path: Path) -> Path:
    model.save(tmp_path)
    return tmp_path


TEXTS = ["сколько стоить узи", "записать к _specialty_ завтра", "пока", "ёпрст йцукен", "👍", ""]


def test_what_was_taught_is_known_again(model: TextModel) -> None:
    assert model.classes == ("book", "bye", "price")
    for label, texts in TAUGHT.items():
        for text in texts:
            assert model.classes[int(model.shares(document(text)).argmax())] == label, text


@pytest.mark.parametrize("text", TEXTS)
def test_shares_are_confidences_that_sum_to_one(model: TextModel, text: str) -> None:
    shares = model.shares(document(text))

    assert shares.shape == (3,)
    assert (shares > 0).all()
    assert shares.sum() == pytest.approx(1.0)


def test_sharpness_moves_confidence_and_not_the_answer(model: TextModel, saved: Path) -> None:
    read = document("сколько стоить узи")
    soft, sharp = (TextModel.load(saved, Shape(sharpness=sharpness)).shares(read) for sharpness in (1.0, 8.0))

    assert soft.argmax() == sharp.argmax()
    assert soft.max() < sharp.max()


@pytest.mark.parametrize("text", TEXTS)
def test_a_saved_model_answers_as_before(model: TextModel, saved: Path, text: str) -> None:
    loaded = TextModel.load(saved, Shape(C=5.0))

    assert loaded.classes == model.classes
    # Weights are kept in half precision.
    assert loaded.shares(document(text)) == pytest.approx(model.shares(document(text)), abs=0.005)
    assert loaded.knows_words(document(text)) == model.knows_words(document(text))


def test_words_of_the_training_are_known(model: TextModel) -> None:
    assert model.knows_words(document("ёпрст прием"))
    assert model.knows_words(document("_specialty_"))
    assert not model.knows_words(document("ёпрст йцукен"))
    assert not model.knows_words(document(""))


def test_a_word_that_was_not_taught_is_read_by_its_meaning(model: TextModel) -> None:
    """«Стоимость» shares no word with the examples, and without vectors only letters would speak."""
    read = Document(("стоимость",), ("стоимость",), "")

    assert not model.knows_words(read)
    assert model.classes[int(model.shares(read).argmax())] == "price"


def test_the_file_holds_arrays_and_no_code(saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == ["arrays.npz", "vocabulary.json"]
    with np.load(saved / "arrays.npz", allow_pickle=False) as arrays:
        assert {array.dtype.kind for array in arrays.values()} == {"f"}


def damaged(folder: Path, **changes: Any) -> None:
    with np.load(folder / "arrays.npz") as arrays:
        kept = dict(arrays)
    np.savez_compressed(folder / "arrays.npz", **{**kept, **changes})


def test_weights_of_fewer_features_are_refused(saved: Path) -> None:
    damaged(saved, weights=np.zeros((10, 3), dtype=np.float16))

    with pytest.raises(ValueError, match="weights of another vocabulary"):
        TextModel.load(saved)


def test_weights_of_other_classes_are_refused(saved: Path) -> None:
    with np.load(saved / "arrays.npz") as arrays:
        rows = len(arrays["weights"])
    damaged(saved, weights=np.zeros((rows, 4), dtype=np.float16))

    with pytest.raises(ValueError, match="weights of another vocabulary"):
        TextModel.load(saved)


def test_rarities_of_another_vocabulary_are_refused(saved: Path) -> None:
    damaged(saved, words_idf=np.ones(3, dtype=np.float32))

    with pytest.raises(ValueError, match="3 weights for"):
        TextModel.load(saved)


def test_arrays_that_could_run_code_are_refused(saved: Path) -> None:
    damaged(saved, weights=np.array([{"a": 1}], dtype=object))

    with pytest.raises(ValueError, match="allow_pickle"):
        TextModel.load(saved)


def test_a_missing_name_is_refused(saved: Path) -> None:
    path = saved / "vocabulary.json"
    names = json.loads(path.read_text(encoding="utf-8"))
    names["classes"].pop()
    path.write_text(json.dumps(names), encoding="utf-8")

    with pytest.raises(ValueError, match="weights of another vocabulary"):
        TextModel.load(saved)


def test_vectors_have_length_one_and_near_words_lie_near() -> None:
    price, cost, ear = (word_vectors().of(word) for word in ("цена", "стоимость", "ухо"))

    assert price is not None and cost is not None and ear is not None
    assert price.shape == (SIZE,)
    assert np.linalg.norm(price) == pytest.approx(1.0, abs=1e-5)
    assert price @ cost > price @ ear
    assert word_vectors().of("ёпрстйцукен") is None


def test_the_vector_of_a_text_weighs_its_words() -> None:
    vectors = word_vectors()
    even = vectors.mean(["цена", "ухо"], {"цена": 1.0, "ухо": 1.0}, 1.0)
    towards = vectors.mean(["цена", "ухо"], {"цена": 9.0, "ухо": 1.0}, 1.0)
    price = vectors.of("цена")

    assert price is not None
    assert np.linalg.norm(even) == pytest.approx(1.0)
    assert towards @ price > even @ price
    assert vectors.mean(["ухо"], {}, 8.0) == pytest.approx(vectors.of("ухо"), abs=1e-5)


def test_a_text_without_known_words_has_the_zero_vector() -> None:
    assert not word_vectors().mean(["ёпрстйцукен"], {}, 8.0).any()
    assert not word_vectors().mean([], {}, 8.0).any()


def test_signs_and_figures_are_no_known_words() -> None:
    taught = TextModel()
    texts = ("да 👍 1", "да 👍 2", "нет 👎", "нет 👎 3", "привет 🙂", "привет")
    taught.fit([document(text) for text in texts], ["yes", "yes", "no", "no", "hello", "hello"])

    assert taught.knows_words(document("да"))
    assert not taught.knows_words(document("👍"))
    assert not taught.knows_words(document("1 👎 !"))
