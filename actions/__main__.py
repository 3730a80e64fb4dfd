"""The action server: `python -m actions`. Loopback only; Rasa is its only client."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

from prometheus_client import REGISTRY

from actions.context import Context, context
from actions.server import create_server
from actions.settings import SettingsError, load_settings
from lang.catalogue import CatalogueError
from mis.config import ConfigError

logger = logging.getLogger("actions")
SNAPSHOT_EVERY_SECONDS = 600.0


def main() -> int:
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        # A line for each of a hundred actions at every start hides what an administrator looks for.
        logging.getLogger("rasa_sdk.executor").setLevel(logging.WARNING)
        opened = context()
    except (SettingsError, CatalogueError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 1
    threading.Thread(
        target=_keep_snapshot, args=(opened, settings.directory_snapshot), name="snapshot", daemon=True
    ).start()
    app = create_server(opened, REGISTRY)
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
