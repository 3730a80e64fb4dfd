"""A linear text classifier over words, letters and word vectors that is kept as plain arrays.

Nothing in its file can run code when it is read, as a pickle could, and reading it takes a tenth of a
second: skops, which keeps scikit-learn's objects safely, needs eight to be imported beside TensorFlow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from bot.sparse_terms import SparseTerms
from bot.word_vectors import SIZE, word_vectors

_VOCABULARY, _ARRAYS = "vocabulary.json", "arrays.npz"
# Weight in a text's vector of a word that no training text has: rarer than all of them.
_UNSEEN = 8.0


@dataclass(frozen=True)
class Document:
    """`words` are tokens (lemmas, marks of recognised values), `lemmas` the same without marks."""

    words: tuple[str, ...]
    lemmas: tuple[str, ...]
    letters: str


@dataclass(frozen=True)
class Shape:
    """Longest n-grams of words and letters, inverse strength of regularisation, seed.

    `sharpness` turns margins into confidence: the value at which what is said with 0.8 was right as often as
    promised on messages by authors whom the model had not seen.
    """

    word_ngrams: int = 2
    letter_ngrams: int = 5
    C: float = 0.5
    sharpness: float = 4.0
    random_state: int = 7


class TextModel:
    """Support vectors, one class against the rest, over TF-IDF of words and letters and a mean vector."""

    def __init__(self, shape: Shape | None = None) -> None:
        self._shape = shape or Shape()
        self._words = TfidfVectorizer(
            ngram_range=(1, self._shape.word_ngrams),
            token_pattern=r"\S+",
            lowercase=False,
            sublinear_tf=True,
        )
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, self._shape.letter_ngrams), sublinear_tf=True, min_df=2
        )
        self._word_terms = SparseTerms(self._words, {}, np.zeros(0))
        self._letter_terms = SparseTerms(self._letters, {}, np.zeros(0))
        self._rarity: dict[str, float] = {}
        self.classes: tuple[str, ...] = ()
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0, dtype=np.float32)

    def fit(self, documents: Sequence[Document], labels: Sequence[str]) -> None:
        """Learn; at least three classes are needed."""
        words = self._words.fit_transform([" ".join(document.words) for document in documents])
        letters = self._letters.fit_transform([document.letters for document in documents])
        lemmas = TfidfVectorizer(token_pattern=r"\S+", lowercase=False)
        lemmas.fit([" ".join(document.lemmas) for document in documents])
        self._rarity = {
            lemma: float(lemmas.idf_[index])
            for lemma, index in lemmas.vocabulary_.items()
            if word_vectors().of(lemma) is not None
        }
        vectors = csr_matrix(np.stack([self._vector(document) for document in documents]))
        model = LinearSVC(C=self._shape.C, class_weight="balanced", random_state=self._shape.random_state)
        model.fit(csr_matrix(hstack([words, letters, vectors])), labels)
        self.classes = tuple(str(name) for name in model.classes_)
        # By feature, so that a message reads a few hundred rows instead of the whole matrix.
        self._weights = np.ascontiguousarray(model.coef_.T.astype(np.float32))
        self._bias = model.intercept_.astype(np.float32)
        self._word_terms = SparseTerms(self._words, self._words.vocabulary_, self._words.idf_)
        self._letter_terms = SparseTerms(self._letters, self._letters.vocabulary_, self._letters.idf_)

    def shares(self, document: Document) -> np.ndarray:
        """Confidence in each of `classes`, shape (classes,), sum 1."""
        words, word_weights = self._word_terms.of(" ".join(document.words))
        letters, letter_weights = self._letter_terms.of(document.letters)
        first = len(self._word_terms)
        last = first + len(self._letter_terms)
        scores = self._bias + word_weights @ self._weights[words]
        scores = scores + letter_weights @ self._weights[letters + first]
        scores = scores + self._vector(document).astype(np.float32) @ self._weights[last:]
        shares = np.exp(self._shape.sharpness * (scores - scores.max()))
        return np.asarray(shares / shares.sum())

    def knows_words(self, document: Document) -> bool:
        """Whether any word of the document stood in the training texts; signs and figures are no words."""
        # Two words in a row are known only if each of them is.
        return any(word in self._word_terms and any(map(str.isalpha, word)) for word in document.words)

    def _vector(self, document: Document) -> np.ndarray:
        return word_vectors().mean(document.lemmas, self._rarity, _UNSEEN)

    def save(self, folder: Path) -> None:
        names = {
            "classes": self.classes,
            "words": _by_index(self._words),
            "letters": _by_index(self._letters),
            "rarity": {lemma: round(rarity, 3) for lemma, rarity in self._rarity.items()},
        }
        (folder / _VOCABULARY).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        np.savez_compressed(
            folder / _ARRAYS,
            words_idf=self._words.idf_.astype(np.float32),
            letters_idf=self._letters.idf_.astype(np.float32),
            weights=self._weights.astype(np.float16),
            bias=self._bias,
        )

    @classmethod
    def load(cls, folder: Path, shape: Shape | None = None) -> TextModel:
        """What `save` wrote. ValueError when the arrays do not fit the vocabularies."""
        model = cls(shape)
        names = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            words, letters = (
                {name: at for at, name in enumerate(names[key])} for key in ("words", "letters")
            )
            model._word_terms = SparseTerms(model._words, words, arrays["words_idf"])
            model._letter_terms = SparseTerms(model._letters, letters, arrays["letters_idf"])
            model._weights = arrays["weights"].astype(np.float32)
            model._bias = arrays["bias"]
        model.classes = tuple(names["classes"])
        model._rarity = names["rarity"]
        features = len(names["words"]) + len(names["letters"]) + SIZE
        classes = len(model.classes)
        if model._weights.shape != (features, classes) or model._bias.shape != (classes,):
            raise ValueError(f"{folder}: weights of another vocabulary")
        return model


def _by_index(vectoriser: TfidfVectorizer) -> list[str]:
    return sorted(vectoriser.vocabulary_, key=vectoriser.vocabulary_.__getitem__)
