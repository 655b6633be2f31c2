"""The judges that come with the package."""

from __future__ import annotations

import sys
import threading
import types
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from filters.calls import drop_below, only_speaker, text_classifier
from filters.policy import Judgement, Overlap

from .string_model import model

if TYPE_CHECKING:
    from pathlib import Path

OVERLAP = Overlap(
    "righto", "en", False, 1.0, 0.5, 0.9, "A", "A", "Hello.", "Bye.", False, Judgement.CONTENT
)


@pytest.mark.parametrize(
    ("confidence", "judged"), [(None, None), (0.39, Judgement.NO_SPEECH), (0.4, None)]
)
def test_words_below_a_confidence_are_dropped(
    confidence: float | None, judged: Judgement | None
) -> None:
    """A recogniser that tells none has them pass."""
    assert drop_below(0.4)(replace(OVERLAP, confidence=confidence)) is judged


@pytest.mark.parametrize(
    ("name", "speaker", "judged"),
    [
        (None, "A", None),
        (None, "B", Judgement.NO_SPEECH),
        (None, None, None),
        ("B", "A", Judgement.NO_SPEECH),
        ("B", "B", None),
    ],
)
def test_only_one_speaker_counts(
    name: str | None, speaker: str | None, judged: Judgement | None
) -> None:
    """The first of the call, or the one named."""
    assert only_speaker(name)(replace(OVERLAP, speaker=speaker)) is judged


async def test_an_onnx_model_tells_texts_apart(tmp_path: Path) -> None:
    """A label that nobody named leaves it to the words."""
    pytest.importorskip("onnxruntime")
    path = tmp_path / "model.onnx"
    path.write_bytes(model("righto"))
    judge = text_classifier(path, {0: Judgement.BACKCHANNEL})
    assert await judge(OVERLAP) is Judgement.BACKCHANNEL
    assert await judge(replace(OVERLAP, text="breakfast")) is None


class Pipeline:
    """A text-classification pipeline as transformers makes it, with the same answer to all."""

    def __init__(self, task: str, *, model: str) -> None:
        self.made_with = (task, model)
        self.tokenizer = types.SimpleNamespace(sep_token="</s>")  # noqa: S106 - no password
        self.texts: list[str] = []
        self.threads: set[int] = set()

    def __call__(self, text: str, *, truncation: bool) -> list[dict[str, Any]]:
        """Labels of one text, best first."""
        assert truncation
        self.texts.append(text)
        self.threads.add(threading.get_ident())
        return [{"label": "yes", "score": 0.7}]


async def test_a_transformers_model_gets_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread of its own; a score too low leaves it to the words."""
    made: list[Pipeline] = []

    def pipeline(task: str, *, model: str) -> Pipeline:
        made.append(Pipeline(task, model=model))
        return made[-1]

    module = types.ModuleType("transformers")
    vars(module)["pipeline"] = pipeline
    monkeypatch.setitem(sys.modules, "transformers", module)
    labels = {"yes": Judgement.BACKCHANNEL}
    assert await text_classifier("models/turns", labels)(OVERLAP) is Judgement.BACKCHANNEL
    assert made[0].made_with == ("text-classification", "models/turns")
    assert made[0].texts == ["Hello. </s> Bye. </s> righto"]
    assert threading.get_ident() not in made[0].threads
    assert await text_classifier("models/turns", labels, at_least=0.8)(OVERLAP) is None
