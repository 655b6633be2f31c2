"""The sounds of phrases, and how they are told apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from agent.offline.g711 import decode_mulaw, encode_mulaw
from agent.offline.listening import HeardSegment, PhraseListener
from agent.offline.sounds import Codebook, Pcm, Segment, time_words

RATES = [8000, 16000, 24000, 48000]


def silence(seconds: float, rate: int) -> Pcm:
    """Digital silence."""
    return np.zeros(round(seconds * rate), np.int16)


def hear(codebook: Codebook, audio: Pcm, rate: int, message_s: float = 0.05) -> list[HeardSegment]:
    """What a listener makes of the audio, fed in messages."""
    listener = PhraseListener(codebook, rate)
    step = round(message_s * rate)
    heard: list[HeardSegment] = []
    for start in range(0, len(audio), step):
        heard += listener.feed(audio[start : start + step])
    return heard


def resampled(audio: Pcm, rate: int, new_rate: int) -> Pcm:
    """Linear interpolation: a worse resampler than any in use."""
    times = np.arange(round(len(audio) / rate * new_rate)) / new_rate
    return np.interp(times, np.arange(len(audio)) / rate, audio).astype(np.int16)


def texts(heard: list[HeardSegment]) -> list[str]:
    """The texts of what was heard."""
    return [item.segment.text for item in heard]


@pytest.mark.parametrize("rate", RATES)
def test_phrases_are_told_apart_with_their_onsets_and_ends(rate: int) -> None:
    """A phrase is heard as itself, where it is, at every sample rate."""
    codebook = Codebook(["Mhm.", "I want breakfast.", "Stop!"])
    pieces: list[Pcm] = []
    for phrase in codebook:
        pieces += [silence(0.5, rate), codebook.render(phrase, rate)]
    heard = hear(codebook, np.concatenate([*pieces, silence(0.5, rate)]), rate)
    assert texts(heard) == ["Mhm.", "I want breakfast.", "Stop!"]
    onset_s = 0.5
    for item in heard:
        end_s = onset_s + item.segment.duration_s
        assert item.onset_s == pytest.approx(onset_s, abs=0.005)
        assert item.heard_until_s == pytest.approx(end_s, abs=0.005)
        onset_s = end_s + 0.5


def test_every_code_is_its_own() -> None:
    """As many segments as there are pairs of tones fit in, and each is heard as itself."""
    codebook = Codebook()
    phrases = [codebook.add(f"phrase {index}") for index in range(31 * 31)]
    assert len({codebook.tones(phrase) for phrase in phrases}) == len(phrases)
    with pytest.raises(ValueError, match="all 961 codes are taken"):
        codebook.add("one more")
    for phrase in phrases[::60]:
        audio = np.concatenate([codebook.render(phrase, 8000), silence(0.1, 8000)])
        assert texts(hear(codebook, audio, 8000)) == [phrase.text]


def test_codebooks_filled_alike_sound_alike() -> None:
    """Two processes that list the same phrases understand each other."""
    one, two = Codebook(["a", "b"]), Codebook(["a", "b"])
    assert np.array_equal(one.render(one.phrase("b"), 16000), two.render(two.phrase("b"), 16000))


@pytest.mark.parametrize("gain_db", [-24, -12, 6])
@pytest.mark.parametrize("noise_rms", [0, 60])
def test_gain_and_noise_change_nothing(gain_db: int, noise_rms: int) -> None:
    """A quiet line, a loud one and a hissing one carry the same phrase."""
    codebook = Codebook(["Yes, please.", "No."])
    rate = 16000
    clean = np.concatenate(
        [silence(0.3, rate), codebook.render(codebook.phrase("No."), rate), silence(0.3, rate)]
    )
    noise: npt.NDArray[np.float64] = np.random.default_rng(1).normal(0, noise_rms, len(clean))
    audio = np.clip(clean * 10 ** (gain_db / 20) + noise, -32768, 32767).astype(np.int16)
    (heard,) = hear(codebook, audio, rate)
    assert heard.segment.text == "No."
    assert heard.onset_s == pytest.approx(0.3, abs=0.01)
    assert heard.heard_until_s == pytest.approx(0.58, abs=0.02)


def test_a_telephone_line_carries_phrases() -> None:
    """48 kHz down to 8 kHz mu-law and up to 16 kHz."""
    codebook = Codebook(["Uh-huh.", "Sure."])
    audio = np.concatenate([codebook.render(codebook.phrase("Sure."), 48000), silence(0.1, 48000)])
    telephone = decode_mulaw(encode_mulaw(resampled(audio, 48000, 8000)))
    assert texts(hear(codebook, telephone, 8000)) == ["Sure."]
    assert texts(hear(codebook, resampled(telephone, 8000, 16000), 16000)) == ["Sure."]


@pytest.mark.parametrize("bit_rate", [16000, 32000])
def test_opus_carries_phrases(bit_rate: int) -> None:
    """What a room does to audio: 48 kHz Opus in 20 ms packets."""
    av = pytest.importorskip("av")
    codebook = Codebook(["Right.", "Hold on."])
    audio = np.concatenate(
        [
            silence(0.2, 48000),
            codebook.render(codebook.phrase("Hold on."), 48000),
            silence(0.2, 48000),
        ]
    )
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "mono", "s16"
    encoder.bit_rate, encoder.options = bit_rate, {"application": "voip"}
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout, decoder.format = 48000, "mono", "s16"
    decoded: list[Pcm] = []
    for start in range(0, len(audio) - 960 + 1, 960):
        frame = av.AudioFrame.from_ndarray(audio[None, start : start + 960], "s16", "mono")
        frame.sample_rate = 48000
        for packet in encoder.encode(frame):
            decoded += [out.to_ndarray().reshape(-1) for out in decoder.decode(packet)]
    (heard,) = hear(codebook, np.concatenate(decoded).astype(np.int16), 48000)
    assert heard.segment.text == "Hold on."
    assert heard.onset_s == pytest.approx(0.2, abs=0.03)
    assert heard.heard_until_s == pytest.approx(0.2 + 0.56, abs=0.04)


def test_phrases_back_to_back_are_heard_as_two() -> None:
    """A sound that outlasts its phrase is a second phrase."""
    codebook = Codebook(["Wait.", "Not that one."])
    rate = 16000
    audio = np.concatenate([codebook.render(phrase, rate) for phrase in codebook])
    first, second = hear(codebook, np.concatenate([audio, silence(0.2, rate)]), rate)
    assert (first.segment.text, second.segment.text) == ("Wait.", "Not that one.")
    assert second.onset_s == pytest.approx(0.28, abs=0.005)


def test_lost_audio_does_not_repeat_a_phrase() -> None:
    """A hole of 60 ms within a phrase leaves one phrase; the same phrase again makes two."""
    codebook = Codebook(["Can you hear me?"])
    rate = 16000
    sound = codebook.render(codebook.phrase("Can you hear me?"), rate)
    holed = sound.copy()
    holed[6400:7360] = 0
    heard = hear(codebook, np.concatenate([holed, silence(0.2, rate)]), rate)
    assert texts(heard) == ["Can you hear me?"]
    assert heard[0].heard_until_s == pytest.approx(1.12, abs=0.005)
    twice = np.concatenate([sound, silence(0.1, rate), sound, silence(0.1, rate)])
    assert len(hear(codebook, twice, rate)) == 2


@pytest.mark.parametrize("longer_s", [0.05, 0.1, 0.2, 0.3, 0.4])
def test_a_phrase_that_is_drawn_out_is_heard_once(longer_s: float) -> None:
    """A jitter buffer that waits for late packets goes on with the sound it has."""
    codebook = Codebook(["Tell me about the hotel."])
    rate = 16000
    sound = codebook.render(codebook.phrase("Tell me about the hotel."), rate)
    wave = sound[4000 : 4000 + rate // 20]  # 50 ms hold whole waves of every tone
    longer = np.concatenate([sound[:-160], np.tile(wave, round(longer_s * 20)), sound[-160:]])
    (heard,) = hear(codebook, np.concatenate([longer, silence(0.5, rate)]), rate)
    # the last 0.1 s may be too short to be told apart from something else
    assert 1.4 <= heard.heard_until_s <= 1.4 + longer_s + 0.01


def test_other_sounds_are_no_phrase() -> None:
    """Noise, one tone and a tone pair of no phrase are not recognised."""
    codebook = Codebook(["Yes."])
    rate = 16000
    times = np.arange(rate) / rate
    noise = np.random.default_rng(2).normal(0, 3000, rate).astype(np.int16)
    whistle = (np.sin(2 * np.pi * 1000 * times) * 8000).astype(np.int16)
    other = Codebook(["No.", "Maybe."])
    unknown = other.render(other.phrase("Maybe."), rate)
    for sound in (noise, whistle, unknown):
        assert hear(codebook, np.concatenate([sound, silence(0.1, rate)]), rate) == []


def test_messages_of_any_length_give_the_same_answer() -> None:
    """How the audio is cut up does not matter."""
    codebook = Codebook(["I'd like a suite."])
    rate = 16000
    audio = np.concatenate(
        [silence(0.123, rate), codebook.render(codebook.phrase("I'd like a suite."), rate)]
    )
    audio = np.concatenate([audio, silence(0.3, rate)])
    answers = {
        (round(item.onset_s, 6), round(item.heard_until_s, 6))
        for message_s in (0.01, 0.0123, 0.02, 0.05, 0.2, 1.0)
        for item in hear(codebook, audio, rate, message_s)
    }
    assert len(answers) == 1


def test_a_phrase_of_segments_sounds_with_its_pauses() -> None:
    """The pauses between segments are part of the phrase, the one after the last is not."""
    codebook = Codebook()
    phrase = codebook.add(
        "stop, then talk", segments=[Segment("Stop!", pause_after_s=0.25), Segment("Stop talking.")]
    )
    assert phrase.text == "Stop! Stop talking."
    assert phrase.duration_s == pytest.approx(0.28 + 0.25 + 0.56)
    audio = np.concatenate([codebook.render(phrase, 16000), silence(0.1, 16000)])
    assert len(audio) == round((phrase.duration_s + 0.1) * 16000)
    assert [item.onset_s for item in hear(codebook, audio, 16000)] == pytest.approx(
        [0.0, 0.53], abs=0.005
    )


def test_words_take_the_time_they_are_given() -> None:
    """Words lie end to end, with one duration for all or one for each."""
    assert [word.end_s for word in time_words("a b", 0.5)] == [0.5, 1.0]
    assert [word.start_s for word in time_words(["a b", "c"], [0.2, 0.4])] == [0.0, 0.2]
    with pytest.raises(ValueError, match=r"2 words \['a', 'b'\] and 1 durations"):
        time_words("a b", [0.1])


def test_a_codebook_explains_what_it_refuses() -> None:
    """A taken name and a sound too short to be told apart are errors that say the fix."""
    codebook = Codebook(["Yes."])
    assert codebook.add("Yes.") is codebook.phrase("Yes.")
    with pytest.raises(ValueError, match="Pass another name"):
        codebook.add("Yes.", word_durations_s=0.5)
    with pytest.raises(ValueError, match=r"at least 0\.15 s"):
        codebook.add("Hm.", word_durations_s=0.1)


def test_mulaw_is_its_own_inverse() -> None:
    """Every code but negative zero survives a round trip, and the scale is that of 16-bit PCM."""
    codes = bytes(code for code in range(256) if code != 0x7F)
    assert encode_mulaw(decode_mulaw(codes)) == codes
    assert decode_mulaw(b"\x00\x80\xff").tolist() == [-32124, 32124, 0]
