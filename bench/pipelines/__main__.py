"""Train and compare the pipelines on the same data: `make bench-nlu`.

Every pipeline is trained in a temporary folder and measured in a process of its own. Results are kept in
reports/bench-nlu.json, so that the slow ones need not be repeated: `--only d,e` measures these two anew and
prints all that are known.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bench.pipelines.contenders import CONTENDERS, ROOT, Contender, configuration
from bench.pipelines.examples import Example, load_examples, sample, write
from bench.pipelines.report import table
from bench.pipelines.trial import MODEL, RESULT
from tools.bootstrap import RASA
from tools.build import rasa_environment

RESULTS = ROOT / "reports/bench-nlu.json"
# Of what a failed process printed, letters.
_SHOWN = 3000
# All cores: the yardsticks are measured as fast as they can be.
_ALL_CORES = {"TF_INTRA_OP_PARALLELISM_THREADS": "0", "TF_INTER_OP_PARALLELISM_THREADS": "0"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(CONTENDERS), help="letters of the pipelines: a,c")
    parser.add_argument("--sample", type=int, help="learn from about so many messages, to try things out")
    parser.add_argument("--epochs", type=int, help="of the neural networks; for trying things out")
    arguments = parser.parse_args()
    letters = arguments.only.split(",")
    unknown = [letter for letter in letters if letter not in CONTENDERS]
    if unknown:
        parser.error(f"--only: {', '.join(unknown)}; there are {', '.join(CONTENDERS)}")
    examples = load_examples()
    if arguments.sample:
        examples = sample(examples, arguments.sample)
    results = {} if arguments.sample or arguments.epochs else _kept()
    failed = False
    for letter in letters:
        _say(f"{letter}: {CONTENDERS[letter].title} …")
        try:
            results[letter] = _tried(CONTENDERS[letter], examples, arguments.epochs)
        except subprocess.CalledProcessError as error:
            _say(f"{letter}: ended with {error.returncode}\n{error.output[-_SHOWN:]}")
            failed = True
            continue
        # A trial must not be taken for a measurement.
        if not (arguments.sample or arguments.epochs):
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf-8")
    print(table(results))
    return int(failed)


def _kept() -> dict[str, Any]:
    if not RESULTS.exists():
        return {}
    kept: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return kept


def _tried(contender: Contender, examples: Sequence[Example], epochs: int | None) -> dict[str, Any]:
    """Train and measure. CalledProcessError when either fails."""
    with tempfile.TemporaryDirectory(prefix="maria-bench-nlu-") as name:
        folder = Path(name)
        write(examples, folder / "nlu.yml")
        training = None if contender.config is None else _train(contender, folder, epochs)
        started = time.monotonic()
        command = [sys.executable, "-W", "ignore", "-m", "bench.pipelines.trial", contender.letter, name]
        # Doctors of a system that has run here would be known to one pipeline only.
        quiet = {"DIRECTORY_SNAPSHOT": str(folder / "no-directory.json")}
        _run(command, folder / "measuring.log", quiet)
        result: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        load = result.pop("ready_at") - started
        if training is None:
            training = result["training"]
            load -= training
        return {
            **result,
            "training": training,
            "load": load,
            "examples": len(examples),
            "date": date.today().isoformat(),
        }


def _train(contender: Contender, folder: Path, epochs: int | None) -> float:
    """Seconds of a training that takes nothing from the cache of earlier ones."""
    config = folder / "config.yml"
    config.write_text(yaml.safe_dump(configuration(contender, epochs), sort_keys=False), encoding="utf-8")
    started = time.monotonic()
    _run(
        [
            *(os.fspath(RASA / "bin/rasa"), "train", "nlu", "--config", os.fspath(config)),
            *("--nlu", os.fspath(folder / "nlu.yml"), "--domain", "domain.yml"),
            *("--out", os.fspath(folder), "--fixed-model-name", MODEL.split(".")[0]),
        ],
        folder / "training.log",
        {"RASA_CACHE_DIRECTORY": os.fspath(folder / "cache")},
    )
    return time.monotonic() - started


def _run(command: Sequence[str], log: Path, environment: dict[str, str]) -> None:
    """`log` has what the command prints. CalledProcessError, with that, if it fails."""
    with log.open("w", encoding="utf-8") as out:
        code = subprocess.run(
            command,
            cwd=ROOT,
            env={**rasa_environment(), **_ALL_CORES, **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code != 0:
        printed = log.read_text(encoding="utf-8", errors="replace")
        raise subprocess.CalledProcessError(code, list(command), output=printed)


def _say(text: str) -> None:
    print(f"bench-nlu: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
