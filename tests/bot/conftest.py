from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.mentions import MentionExtractor
from bot.repair import TextRepair
from bot.tokenizer import RussianTokenizer

ROOT = Path(__file__).resolve().parents[2]
TAUGHT = ("запишите меня к лору", "сколько стоит приём кардиолога", "можно записаться на завтра")


@pytest.fixture(scope="session")
def trained_repair(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], TextRepair]:
    """Makes a repair of texts that knows the catalogue and three messages; the training is done once."""
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("repair"))
    resource = Resource("repair")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        config = TextRepair.get_default_config()
        untaught = TextRepair.create(config, storage, resource, None)  # type: ignore[arg-type]
        untaught.train(TrainingData([Message.build(text=text, intent="any") for text in TAUGHT]))
    return lambda: TextRepair.load(config, storage, resource, None)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def without_doctors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Components made once work in the project's folder and find no snapshot of doctors."""
    snapshot = tmp_path_factory.mktemp("no-doctors") / "directory.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIRECTORY_SNAPSHOT", str(snapshot))
        patch.chdir(ROOT)
        yield snapshot


@pytest.fixture(scope="session")
def repair(without_doctors: Path, trained_repair: Callable[[], TextRepair]) -> TextRepair:
    return trained_repair()


@pytest.fixture(scope="session")
def extractor(without_doctors: Path) -> MentionExtractor:
    return MentionExtractor(MentionExtractor.get_default_config())


@pytest.fixture(scope="session")
def tokenizer() -> RussianTokenizer:
    return RussianTokenizer(RussianTokenizer.get_default_config())


@pytest.fixture
def fixed_present(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Monday."""
    monkeypatch.setenv("NOW", "2026-11-23T10:00")
