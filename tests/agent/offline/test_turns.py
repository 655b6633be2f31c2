"""When the service's messages come, and what is in them, in stream time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from agent.offline.listening import PhraseListener
from agent.offline.protocol import StreamConfig
from agent.offline.sounds import Codebook, Segment
from agent.offline.turns import PartialsMode, TurnMaker, ends_a_turn

RATE = 16000
MODEL = "universal-3-5-pro"


@dataclass
class Heard:
    """A message and the stream time, in seconds, of the audio that brought it."""

    at: float
    message: dict[str, Any]

    @property
    def text(self) -> str:
        """The transcript."""
        return str(self.message["transcript"])


def listen(
    codebook: Codebook,
    *said: float | str,
    config: StreamConfig | None = None,
    partials: PartialsMode = "service",
    force_at: float | None = None,
) -> list[Heard]:
    """The messages for a script of phrases and pauses (seconds), with 2 s of silence after it."""
    config = config or StreamConfig(MODEL)
    pieces = [
        codebook.render(codebook.phrase(item), RATE)
        if isinstance(item, str)
        else np.zeros(round(item * RATE), np.int16)
        for item in (*said, 2.0)
    ]
    audio = np.concatenate(pieces)
    listener, turns = PhraseListener(codebook, RATE), TurnMaker(config, partials=partials)
    messages: list[Heard] = []
    for start in range(0, len(audio), 800):
        for heard in listener.feed(audio[start : start + 800]):
            turns.add(heard)
        new = turns.advance(listener.now_s, identifying=listener.identifying)
        if force_at is not None and listener.now_s >= force_at:
            new += turns.end_turn()
            force_at = None
        messages += [Heard(listener.now_s, message) for message in new]
    return messages


def turns_of(messages: list[Heard]) -> list[Heard]:
    """The `Turn` messages."""
    return [heard for heard in messages if heard.message["type"] == "Turn"]


def finals_of(messages: list[Heard]) -> list[Heard]:
    """The messages that end a turn."""
    return [heard for heard in turns_of(messages) if heard.message["end_of_turn"]]


def test_a_short_punctuated_phrase_is_one_final() -> None:
    """A "Mhm." is over before its first partial is due: SpeechStarted and the end come together."""
    started, final = listen(Codebook(), 1.0, "Mhm.")
    assert started.message == {"type": "SpeechStarted", "timestamp": 1000}
    assert final.at == started.at == pytest.approx(1.28 + 0.1, abs=0.051)
    assert final.message == {
        "type": "Turn",
        "turn_order": 0,
        "turn_is_formatted": True,
        "end_of_turn": True,
        "transcript": "Mhm.",
        "end_of_turn_confidence": 1.0,
        "words": [
            {"start": 1000, "end": 1280, "text": "Mhm.", "confidence": 0.95, "word_is_final": True}
        ],
        "utterance": "Mhm.",
    }


def test_the_first_partial_holds_the_words_that_have_ended() -> None:
    """It comes `interruption_delay` and 300 ms after the onset."""
    messages = listen(Codebook(), 0.5, "yeah I'd like the suite please.")
    partial, final = turns_of(messages)
    assert partial.at == pytest.approx(0.5 + 0.8, abs=0.051)
    assert (partial.text, partial.message["utterance"]) == ("yeah I'd", "")
    assert not partial.message["end_of_turn"]
    assert final.text == "yeah I'd like the suite please."
    assert final.at == pytest.approx(0.5 + 6 * 0.28 + 0.1, abs=0.051)


def test_a_lower_interruption_delay_brings_the_partial_forward() -> None:
    """With no delay, 300 ms are left."""
    config = StreamConfig(MODEL, interruption_delay=0)
    first = turns_of(listen(Codebook(), "I want breakfast.", config=config))[0]
    assert first.text == "I"
    assert first.at == pytest.approx(0.3, abs=0.051)


@pytest.mark.parametrize("continuous", [True, False])
def test_long_turns_get_a_partial_every_three_seconds(continuous: bool) -> None:
    """Unless the client has turned that off."""
    text = " ".join(f"word{index}" for index in range(24)) + "."
    config = StreamConfig(MODEL, continuous_partials=continuous)
    partials = turns_of(listen(Codebook(), text, config=config))[:-1]
    expected = [0.8, 3.8] if continuous else [0.8]
    assert [heard.at for heard in partials] == pytest.approx(expected, abs=0.051)


def test_an_unpunctuated_text_waits_for_the_maximum_silence() -> None:
    """After the minimum it is a partial, after the maximum the turn ends."""
    partial, final = turns_of(listen(Codebook(), "the"))
    assert partial.text == final.text == "the"
    assert partial.at == pytest.approx(0.28 + 0.1, abs=0.051)
    assert 0 < partial.message["end_of_turn_confidence"] < 1
    assert final.at == pytest.approx(0.28 + 1.0, abs=0.051)


def test_a_pause_within_a_turn_does_not_end_it() -> None:
    """An unpunctuated text and what follows it within the maximum silence are one turn."""
    messages = listen(Codebook(), "I want", 0.6, "breakfast.")
    (final,) = finals_of(messages)
    assert final.text == "I want breakfast."
    assert [word["start"] for word in final.message["words"]] == [0, 280, 1160]
    assert sum(heard.message["type"] == "SpeechStarted" for heard in messages) == 1


def test_punctuated_phrases_with_a_pause_are_turns_of_their_own() -> None:
    """The minimum silence is enough between two sentences, and turns are counted."""
    codebook = Codebook()
    codebook.add("order", segments=[Segment("Stop!", pause_after_s=0.25), Segment("Stop talking.")])
    messages = listen(codebook, "order")
    assert [(heard.text, heard.message["turn_order"]) for heard in finals_of(messages)] == [
        ("Stop!", 0),
        ("Stop talking.", 1),
    ]
    starts = [h.message["timestamp"] for h in messages if h.message["type"] == "SpeechStarted"]
    assert starts == [0, 530]


def test_a_longer_minimum_silence_joins_them() -> None:
    """The client's own `min_turn_silence` counts."""
    codebook = Codebook()
    codebook.add("mail", segments=[Segment("It's John."), Segment("Smith.")])
    config = StreamConfig(MODEL, min_turn_silence=400)
    assert [h.text for h in finals_of(listen(codebook, "mail", config=config))] == [
        "It's John. Smith."
    ]


def test_scripted_partials_replace_the_services_own() -> None:
    """A transcript can be revised: "yes I" becomes "Yeah."."""
    codebook = Codebook()
    codebook.add("Yeah.", word_durations_s=0.9, partials=[(0.4, "yes"), (0.8, "yes I")])
    first, second, final = turns_of(listen(codebook, 0.2, "Yeah."))
    assert [first.text, second.text] == ["yes", "yes I"]
    assert [first.at, second.at] == pytest.approx([0.6, 1.0], abs=0.051)
    assert " ".join(word["text"] for word in second.message["words"]) == "yes I"
    assert final.text == "Yeah."
    codebook.add("None at all, thank you.", partials=[])
    assert len(turns_of(listen(codebook, "None at all, thank you."))) == 1


def test_word_by_word_partials() -> None:
    """The other mode sends one partial a word."""
    turns = turns_of(listen(Codebook(), "I want breakfast.", partials="words"))
    assert [(heard.text, heard.message["end_of_turn"]) for heard in turns] == [
        ("I", False),
        ("I want", False),
        ("I want breakfast.", False),
        ("I want breakfast.", True),
    ]
    assert [heard.at for heard in turns[:3]] == pytest.approx([0.28, 0.56, 0.84], abs=0.051)


def test_a_forced_end_splits_a_phrase_between_two_turns() -> None:
    """What has been said ends the turn; the rest opens the next one, with its own onset."""
    messages = listen(Codebook(), "I want some breakfast now.", force_at=0.7)
    assert [heard.text for heard in finals_of(messages)] == ["I want", "some breakfast now."]
    starts = [h.message["timestamp"] for h in messages if h.message["type"] == "SpeechStarted"]
    assert starts == [0, 560]


def test_speech_that_is_cut_off_loses_its_last_words() -> None:
    """Silence in place of audio is silence: only words that were heard to their end count."""
    codebook = Codebook()
    sound = codebook.render(codebook.phrase("one two three four."), RATE)[: round(0.7 * RATE)]
    listener, turns = PhraseListener(codebook, RATE), TurnMaker(StreamConfig(MODEL))
    audio = np.concatenate([sound, np.zeros(2 * RATE, np.int16)])
    messages: list[dict[str, Any]] = []
    for start in range(0, len(audio), 800):
        for heard in listener.feed(audio[start : start + 800]):
            turns.add(heard)
        messages += turns.advance(listener.now_s, identifying=listener.identifying)
    assert messages[-1]["transcript"] == "one two"
    assert messages[-1]["end_of_turn"]


def test_the_language_is_named_where_it_was_asked_for() -> None:
    """`language_detection` decides, as with the service."""
    codebook = Codebook()
    codebook.add("Sí.", language_code="es")
    config = StreamConfig(MODEL, language_detection=True)
    assert finals_of(listen(codebook, "Sí.", config=config))[0].message["language_code"] == "es"
    assert "language_code" not in finals_of(listen(codebook, "Sí."))[0].message


def test_silence_says_nothing() -> None:
    """No speech, no message."""
    assert listen(Codebook(["Hello."]), 3.0) == []


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Stop.", True),
        ("really?", True),
        ('He said "no."', True),
        ("好的。", True),
        ("the", False),
        ("my order from...", False),
        ("well…", False),
        ("", False),
    ],
)
def test_terminal_punctuation(text: str, ends: bool) -> None:
    """Full stops of any script end a turn; an ellipsis does not."""
    assert ends_a_turn(text) is ends
