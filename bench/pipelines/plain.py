"""The plain model that tells how hard the evaluation set is: TF-IDF of words and logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bench.pipelines.examples import Example


class PlainModel:
    """scikit-learn with everything left as it comes; reads the written words only."""

    def __init__(self) -> None:
        self._pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))

    def fit(self, examples: Sequence[Example]) -> None:
        self._pipeline.fit([each.text for each in examples], [each.intent for each in examples])

    async def parse(self, text: str) -> dict[str, Any]:
        """An `intent_ranking` as Rasa gives it."""
        shares = self._pipeline.predict_proba([text])[0]
        ranking = sorted(zip(shares, self._pipeline.classes_, strict=True), reverse=True)
        return {"intent_ranking": [{"name": name, "confidence": float(share)} for share, name in ranking]}
