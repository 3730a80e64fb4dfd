"""Prints which files of the project training opens, as JSON: a process of its own, where nothing is cached.

Every component of config.yml learns here from five messages and the complaints of one specialty; Rasa's own
list of its training data comes from the whole project.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.importer import ProjectImporter

TAUGHT = {
    "book_visit": ("запишите меня к лору", "хочу на узи завтра"),
    "ask_price": ("сколько стоит приём кардиолога", "цена мрт"),
    "greet": ("добрый день",),
}


def main(folder: Path) -> None:
    project = Path.cwd()
    (folder / "complaints").mkdir()
    shutil.copy(project / "data/complaints/eyes.yml", folder / "complaints")
    os.environ |= {
        "COMPLAINTS_DIR": str(folder / "complaints"),
        "DIRECTORY_SNAPSHOT": str(folder / "directory.json"),
    }
    config = yaml.safe_load((project / "config.yml").read_text(encoding="utf-8"))
    importer = ProjectImporter("config.yml", "domain.yml", ["data"])
    opened = {_path(name) for name in (*importer._nlu_files, *importer._story_files)}
    # Rasa has looked into every file to choose those; from here on only what is used is opened.
    sys.addaudithook(lambda event, args: opened.add(_path(args[0])) if event == "open" else None)
    importer.get_config()
    _learn(config["pipeline"], folder)
    ours = [path.relative_to(project) for path in opened if path.is_relative_to(project) and path.is_file()]
    # What is installed, perhaps below the project, is known by its lock.
    json.dump(
        sorted(str(path) for path in ours if not {"__pycache__", "site-packages"} & {*path.parts}), sys.stdout
    )


def _path(name: Any) -> Path:
    # Not resolved: the environments may be linked into the project.
    return Path(os.path.abspath(os.fsdecode(name))) if isinstance(name, str | bytes | Path) else Path("/")


def _learn(pipeline: list[dict[str, Any]], folder: Path) -> None:
    """As Rasa's graph does: each learns from what the ones before it have made of the messages."""
    (folder / "model").mkdir()
    storage = LocalModelStorage.create(folder / "model")
    data = TrainingData([Message.build(text=text, intent=each) for each in TAUGHT for text in TAUGHT[each]])
    for each in pipeline:
        module, _, name = each["name"].rpartition(".")
        component: Any = getattr(importlib.import_module(module), name)
        config = {**component.get_default_config(), **each}
        if hasattr(component, "fingerprint_addon"):
            component.fingerprint_addon(config)
        made = component.create(config, storage, Resource(name), None)
        if hasattr(made, "train"):
            made = component.load(config, storage, made.train(data), None)
        if hasattr(made, "process_training_data"):
            data = made.process_training_data(data)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(Path(temporary))
