"""Look whether the bases of mis.yml can be used, and say in plain words what is to be set up.

Exit code: 0 when every branch can be booked, 1 when one cannot, 2 when the configuration is wrong.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

from dotenv import dotenv_values

from lang.catalogue import load_catalogue
from lang.strict_yaml import DataFileError
from mis.check import check
from mis.check_texts import load_check_texts
from mis.config import ConfigError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", type=Path, default=Path("mis.yml"))
    parser.add_argument("--catalogue", type=Path, default=Path("data/catalogue"))
    chosen = parser.parse_args(arguments)
    environ = {key: value for key, value in dotenv_values(".env").items() if value} | dict(os.environ)
    try:
        texts = load_check_texts(chosen.catalogue / "mis_check.yml")
        catalogue = load_catalogue(chosen.catalogue)
        usable = check(chosen.config, catalogue, texts, lambda: datetime.now(timezone.utc), environ, print)
    except (ConfigError, DataFileError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if usable else 1


if __name__ == "__main__":
    # What went wrong is told in words; the log of the adapters is for developers.
    logging.disable(logging.CRITICAL)
    sys.exit(main())
