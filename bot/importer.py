"""Reads the project's files for Rasa; an edited text of data/responses/ needs no new learning."""

from __future__ import annotations

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method


class ProjectImporter(RasaFileImporter):
    """As Rasa's own, but responses belong to the domain only.

    Rasa counts responses found beside training examples as training data, for response selectors, which
    this project has none of: every edited text would cost a whole training.
    """

    @cached_method
    def _read(self) -> tuple[TrainingData, dict[str, list[dict[str, Any]]]]:
        data = super().get_nlu_data()
        responses, data.responses = data.responses, {}
        return data, responses

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return self._read()[0]

    def get_domain(self) -> Domain:
        domain = super().get_domain()
        return domain.merge(Domain.from_dict({"responses": self._read()[1]}))
