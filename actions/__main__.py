"""The action server: `python -m actions`. Loopback only; Rasa is its only client."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions.context import Context, context
from actions.registry import ACTIONS
from actions.settings import SettingsError, load_settings
from lang.catalogue import CatalogueError
from mis.config import ConfigError

logger = logging.getLogger("actions")
SNAPSHOT_EVERY_SECONDS = 600.0


class Executor(ActionExecutor):
    """Runs actions for Rasa 3.6, which neither sends a digest of the domain nor retries with the domain."""

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        return payload.get("domain") or {}


def main() -> int:
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        opened = context()
    except (SettingsError, CatalogueError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 1
    threading.Thread(
        target=_keep_snapshot, args=(opened, settings.directory_snapshot), name="snapshot", daemon=True
    ).start()
    executor = Executor()
    for action in ACTIONS:
        executor.register_action(action(opened))
    app = create_app(executor, cors_origins=[])
    app.run("127.0.0.1", settings.actions_port, single_process=True, access_log=False, motd=False)
    opened.clinic.close()
    return 0


def _keep_snapshot(opened: Context, path: Path) -> None:
    """Write the doctors for the recogniser in Rasa, now and again whenever the directory may have changed."""
    pause = threading.Event()
    while True:
        wait = SNAPSHOT_EVERY_SECONDS
        try:
            text = opened.clinic.directory.snapshot_json()
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".new")
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except Exception as error:
            logger.warning("directory snapshot not written: %s", type(error).__name__)
            wait = 5.0
        pause.wait(wait)


if __name__ == "__main__":
    sys.exit(main())
