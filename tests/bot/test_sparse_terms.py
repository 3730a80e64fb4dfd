from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.sparse_terms import SparseTerms

TAUGHT = ["запись к врачу", "запись на завтра", "цена приёма врача", "прием прием и врач"]


@pytest.mark.parametrize("analyzer", ["word", "char_wb"])
@pytest.mark.parametrize("text", [*TAUGHT, "врач врач врач цена", "йцукен", "", "👍"])
def test_weighs_as_scikit_learn_does(analyzer: str, text: str) -> None:
    vectoriser = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 3), sublinear_tf=True).fit(TAUGHT)
    terms = SparseTerms(vectoriser, vectoriser.vocabulary_, vectoriser.idf_)

    at, weights = terms.of(text)

    expected = vectoriser.transform([text]).toarray()[0]
    got = np.zeros(len(terms))
    got[at] = weights
    assert got == pytest.approx(expected, abs=1e-6)


def test_weights_of_another_vocabulary_are_refused() -> None:
    with pytest.raises(ValueError, match="2 weights for 1 terms"):
        SparseTerms(TfidfVectorizer(), {"врач": 0}, np.ones(2))
