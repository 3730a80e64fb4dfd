"""The one gate: everything that must be green, in the order in which it fails fastest.

`--static` stops before anything that needs a trained model or a database.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

from tools.bootstrap import APP, RASA, ROOT, web_environment
from tools.build import MODEL, rasa_environment

# Rasa counts a response as unused when only an action says it; tools.dialogue_check knows better.
_KNOWN_TO_US = re.compile(r"The utterance '\w+' is not used in any story or rule")
# Rasa's own words about the project, as opposed to deprecations inside its libraries.
_WARNING = re.compile(r"rasa/shared/utils/io\.py.*Warning|\b(WARNING|ERROR)\b +rasa")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", action="store_true")
    arguments = parser.parse_args()
    try:
        static_checks()
        if not arguments.static:
            tests()
    except subprocess.CalledProcessError as error:
        print(f"maria: failed: {' '.join(str(part) for part in error.cmd)}", file=sys.stderr)
        return 1
    return 0


def static_checks() -> None:
    python = APP / "bin/python"
    _step("style", python, "-m", "ruff", "check", "-q", ".")
    _step("format", python, "-m", "ruff", "format", "--check", "-q", ".")
    _step("data", python, "-m", "tools.data_check")
    _step("types", python, "-m", "mypy")
    _step("dialogue", python, "-m", "tools.dialogue_check")
    web = ROOT / "web"
    _step("web types", APP / "bin/npm", "run", "--silent", "check", cwd=web, env=web_environment())
    _step("web units", APP / "bin/npm", "run", "--silent", "test", cwd=web, env=web_environment())


def tests() -> None:
    _validate_training_data()
    _test_stories()
    python, quiet = APP / "bin/python", ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    rasa = {**rasa_environment(), "REQUIRE_MODEL": "1"}
    _step("Rasa's side", RASA / "bin/python", *quiet, "tests/lang", "tests/bot", "tests/nlu", env=rasa)
    # A browser that is open for the whole run keeps an event loop running: apart from asyncio's tests.
    _step("widget", python, *quiet, "tests/web")
    here = ("--ignore", "tests/bot", "--ignore", "tests/nlu", "--ignore", "tests/web")
    # Parsers and core over both cores; what shares one running system stays in one process.
    _step("units", python, *quiet, "-n", "2", "--dist", "loadfile", *here, "-m", "not system")
    _step("system", python, *quiet, *here, "-m", "system")
    # The small share of `make proof`; on a slow machine it is cut, and reports/proof.json tells the runs.
    _step("proof", python, "-W", "ignore", "-m", "tests.proof", "--runs", "200", "--minutes", "5")


def _validate_training_data() -> None:
    """`rasa data validate`: fails on its exit code and on every warning it prints, save the known one.

    Its own `--fail-on-warnings` returns 0 with warnings, so they are read here.
    """
    started = time.monotonic()
    command = [str(RASA / "bin/rasa"), "data", "validate", "--max-history", "5"]
    done = subprocess.run(
        command, cwd=ROOT, env=rasa_environment(), capture_output=True, text=True, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()
    warned = [line for line in lines if _WARNING.search(line) and not _KNOWN_TO_US.search(line)]
    if warned or done.returncode != 0:
        print("\n".join(warned or lines[-20:]))
        raise subprocess.CalledProcessError(1, command)
    _say("training data", started)


def _test_stories() -> None:
    """`rasa test core`: the model predicts every action of tests/stories; no action is executed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(RASA / "bin/rasa"), "test", "core", "--stories", "tests/stories"]
        command += ["--model", str(MODEL), "--out", folder, "--fail-on-prediction-errors"]
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=rasa_environment(), capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        print("\n".join((done.stdout + done.stderr).splitlines()[-40:]))
        raise subprocess.CalledProcessError(done.returncode, command)
    _say("stories", started)


def _step(what: str, *command: object, cwd: object = ROOT, env: dict[str, str] | None = None) -> None:
    started = time.monotonic()
    subprocess.run([str(part) for part in command], cwd=str(cwd), env=env or dict(os.environ), check=True)
    _say(what, started)


def _say(what: str, started: float) -> None:
    print(f"maria: {what}: {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
