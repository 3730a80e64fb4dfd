"""Build the web bundle and train the model, each only if what it is made from has changed."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tools.bootstrap import APP, RASA, ROOT, web_environment
from tools.training_files import training_files

MODEL = ROOT / "models/maria.tar.gz"
RED_FLAGS = ROOT / "models/red_flags.json"
RED_FLAGS_FROM = ROOT / "models/.red-flags-from"
CHECKED = ROOT / "models/.checked"
TRAINED_FROM = ROOT / "models/.trained-from"
WEB_DIST = ROOT / "web/dist"
BUILT_FROM = WEB_DIST / ".built-from"
_TRAINING = re.compile(r"Starting to train component '(\w+)'")


def main() -> int:
    try:
        build_web()
        check_data()
        learn_red_flags()
        train()
    except subprocess.CalledProcessError as error:
        print(
            f"maria: `{Path(error.cmd[0]).name} {error.cmd[1]}` failed, see its message above",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def build_web() -> None:
    """`web/dist` from `web/` and the branches and specialties shown on the demonstration page."""
    web = ROOT / "web"
    sources = [
        path
        for part in ("src", "public", "scripts", "site", "console", "board")
        for path in (web / part).rglob("*")
    ]
    sources += [path for path in web.iterdir() if path.is_file()]
    sources += [ROOT / "data/catalogue" / name for name in ("branches.yml", "specialties.yml")]
    fingerprint = _fingerprint(sources)
    if BUILT_FROM.exists() and BUILT_FROM.read_text() == fingerprint:
        return
    print("maria: building the web chat and the window of the staff …", flush=True)
    subprocess.run(
        [str(APP / "bin/npm"), "run", "--silent", "build"], cwd=web, env=web_environment(), check=True
    )
    BUILT_FROM.write_text(fingerprint)


def check_data() -> None:
    """Mistakes in the data files in a few seconds and in their own words, instead of a failed training or, in
    the texts that nothing is learned from, a failed start."""
    texts = [path for folder in ("data", "sandbox/data") for path in (ROOT / folder).rglob("*.yml")]
    fingerprint = _fingerprint([*training_files(ROOT), *texts])
    if CHECKED.exists() and CHECKED.read_text() == fingerprint:
        return
    subprocess.run([str(APP / "bin/python"), "-m", "tools.data_check"], cwd=ROOT, check=True)
    CHECKED.parent.mkdir(exist_ok=True)
    CHECKED.write_text(fingerprint)


def learn_red_flags() -> None:
    """`models/red_flags.json`, which the desk and Rasa read; from the alarms and all harmless messages."""
    sources = [*(ROOT / "lang").glob("*.py"), ROOT / "bot/alarm_training.py", ROOT / "requirements/rasa.lock"]
    for folder in ("red_flags", "nlu", "complaints"):
        sources += (ROOT / "data" / folder).glob("*.yml")
    fingerprint = _fingerprint(sources)
    if RED_FLAGS.exists() and RED_FLAGS_FROM.exists() and RED_FLAGS_FROM.read_text() == fingerprint:
        return
    print("maria: learning the red flags …", flush=True)
    command = [str(RASA / "bin/python"), "-m", "bot.alarm_training"]
    subprocess.run(command, cwd=ROOT, env=rasa_environment(), check=True, stderr=subprocess.DEVNULL)
    RED_FLAGS_FROM.write_text(fingerprint)


def train() -> None:
    """`models/maria.tar.gz` from the domain, the configuration, the data and the code that reads them."""
    fingerprint = _fingerprint(training_files(ROOT))
    if MODEL.exists() and TRAINED_FROM.exists() and TRAINED_FROM.read_text() == fingerprint:
        return
    print("maria: training the model …", flush=True)
    started = time.monotonic()
    _run_training()
    TRAINED_FROM.write_text(fingerprint)
    print(f"maria: trained in {time.monotonic() - started:.0f} s", flush=True)


def _run_training() -> None:
    """`rasa train` with a line for each part being trained; everything it printed, if it fails."""
    command = [str(RASA / "bin/rasa"), "train", "--fixed-model-name", "maria", "--out", "models"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=rasa_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if part := _TRAINING.search(line):
            print(f"maria: training {part.group(1)}", flush=True)
    if process.wait() != 0:
        sys.stderr.writelines(printed[-40:])
        raise subprocess.CalledProcessError(process.returncode, command)


def rasa_environment() -> dict[str, str]:
    """Environment of every Rasa command of ours: no telemetry (it waits for the outside), no TF noise."""
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_INTRA_OP_PARALLELISM_THREADS": "1",
        "TF_INTER_OP_PARALLELISM_THREADS": "1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONUTF8": "1",
        "PYTHONPATH": str(ROOT),
    }


def _fingerprint(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        if path.is_file():
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
