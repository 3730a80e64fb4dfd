"""Word vectors as Rasa's dense features."""

from __future__ import annotations

import numpy as np
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bench.pipelines.vector_features import VectorFeaturizer
from bot.word_vectors import SIZE


def test_each_token_has_its_vector_and_unknown_ones_have_none() -> None:
    featurizer = VectorFeaturizer("vectors", {**VectorFeaturizer.get_default_config(), "alias": "vectors"})
    message = Message.build("врач ыыыъъъ")
    message.set("text_tokens", [Token("врач", 0, lemma="врач"), Token("ыыыъъъ", 5, lemma="ыыыъъъ")])

    featurizer.process_training_data(TrainingData([message, Message.build("")]))

    sequence, sentence = message.get_dense_features(TEXT)
    assert sequence is not None and sentence is not None
    assert sequence.features.shape == (2, SIZE)
    assert sentence.features.shape == (1, SIZE)
    assert np.linalg.norm(sequence.features[0]) > 0.99
    assert not sequence.features[1].any()
