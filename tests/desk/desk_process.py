"""A desk in a process of its own, so that a test can kill it: `python -m tests.desk.desk_process PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from desk.app import Desk
from desk.settings import load_settings
from desk.texts import load_texts
from tests.desk.guard import Guard


def main() -> None:
    settings = load_settings()
    texts = load_texts(Path("data/catalogue/desk_texts.yml"))
    app = Desk(settings, texts, Guard(), None).app
    uvicorn.run(app, port=int(sys.argv[1]), log_level="error")


if __name__ == "__main__":
    main()
