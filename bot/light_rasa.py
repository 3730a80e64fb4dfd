"""Rasa's command line without what serving never uses: `python -m bot.light_rasa run …`.

TensorFlow takes 350 MB and four seconds of every start, and no part of this project's pipeline needs it.
Rasa imports it in two places on the way to a loaded model: in `rasa.utils.train_utils`, which the base of all
entity extractors mentions and does not use, and in the check of a configuration before training, which a
trained model only names.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_HEAVY = "rasa.utils.train_utils"
_CHECK_MODULE = "rasa.graph_components.validators.default_recipe_validator"
_CHECK = "DefaultV1RecipeValidator"
# Told of its threads, Rasa imports TensorFlow at once to pass that on.
_THREADS = ("TF_INTRA_OP_PARALLELISM_THREADS", "TF_INTER_OP_PARALLELISM_THREADS")


class _PutOff(ModuleType):
    """Stands for a module until one of its names is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


class _NotServing:
    """Stands for the check before training in the description of how a model was made."""


@contextmanager
def without_tensorflow() -> Iterator[None]:
    """Within the block Rasa loads models without it, if Rasa was not imported before; nothing can be trained.

    After the block a pipeline with neural networks and a training get what they ask for.
    """
    if _HEAVY not in sys.modules:
        package, _, name = _HEAVY.rpartition(".")
        later = _PutOff(_HEAVY)
        sys.modules[_HEAVY] = later
        # What `import` itself does after loading a module.
        setattr(importlib.import_module(package), name, later)
    stands_in = _CHECK_MODULE not in sys.modules
    if stands_in:
        check = ModuleType(_CHECK_MODULE)
        setattr(check, _CHECK, _NotServing)
        sys.modules[_CHECK_MODULE] = check
    try:
        yield
    finally:
        if stands_in:
            del sys.modules[_CHECK_MODULE]


def keep_for_good() -> None:
    """To be called when all is loaded: the search for garbage need not look at it again.

    Each look at the million of words and tables would hold up a message by half a second.
    """
    gc.collect()
    gc.freeze()


def main() -> None:
    for name in _THREADS:
        os.environ.pop(name, None)
    with without_tensorflow():
        from rasa.__main__ import main as rasa

        rasa()


if __name__ == "__main__":
    main()
