from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

from bot.light_rasa import keep_for_good

ROOT = Path(__file__).resolve().parents[2]
_LOADS = """
import sys
from bot.light_rasa import without_tensorflow
with without_tensorflow():
    from rasa.shared.utils.common import class_from_module_path
    import rasa.__main__, rasa.core.run
    import bot.channel, bot.classifier, bot.mentions, bot.repair, bot.tokenizer
    class_from_module_path("rasa.core.policies.rule_policy.RulePolicy")
    class_from_module_path("rasa.graph_components.validators.default_recipe_validator.DefaultV1RecipeValidator")
    print("serving", "tensorflow" in sys.modules)
from rasa.utils import train_utils
print("asked for", callable(train_utils.init_split_entities), "tensorflow" in sys.modules)
from rasa.graph_components.validators.default_recipe_validator import DefaultV1RecipeValidator
print("training", hasattr(DefaultV1RecipeValidator, "validate"))
"""


def test_serving_imports_no_tensorflow_and_training_gets_it() -> None:
    """In a process of its own: here the other tests have imported Rasa as it is."""
    command = [sys.executable, "-W", "ignore", "-c", _LOADS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["serving False", "asked for True True", "training True"]


def test_what_is_loaded_is_left_out_of_the_search_for_garbage() -> None:
    try:
        keep_for_good()
        assert gc.get_freeze_count() > 10_000
        assert gc.isenabled()
    finally:
        gc.unfreeze()
