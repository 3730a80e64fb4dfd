"""Russian tokens for Rasa: spaCy's rules for borders, pymorphy3 for lemmas."""

from __future__ import annotations

from typing import Any

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.repair import repaired_of
from lang.text import lemma

# Only borders are needed: the pipeline of a trained model cannot be had here and would cost 20 ms.
_russian = spacy.blank("ru").tokenizer


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class RussianTokenizer(Tokenizer):
    """Splits with spaCy's Russian tokenizer; `token.lemma` is pymorphy3's first normal form, ё as е.

    Tokens of the patient's text are those of its repaired form.
    """

    @staticmethod
    def supported_languages() -> list[str]:
        return ["ru"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy", "pymorphy3"]

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = repaired_of(message).text if attribute == TEXT else message.get(attribute)
        tokens = [
            Token(token.text, token.idx, lemma=lemma(token.text))
            for token in _russian(text)
            if not token.is_space
        ]
        return self._apply_token_pattern(tokens)
