"""What can be wrong with a session's set-up: a name, what is set, why it hurts, what to change.

Data only: `turn_findings` and `recogniser_findings` know when each applies.
"""

from __future__ import annotations

from dataclasses import dataclass

PAGE = "docs/setup-checks.md"
"""The page of the repository that has a heading for each kind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a session.

    Attributes:
        event: Its name in the log; it doesn't change.
        consequence: What it does to the filter, or to the call.
        fix: The change to make, as code where it is code; empty where nothing is wrong.
        reason: What is set, as it was found; empty where the event's name says it.
    """

    event: str
    consequence: str
    fix: str = ""
    reason: str = ""

    @property
    def see(self) -> str:
        """Where it is explained, as a path in the repository."""
        return f"{PAGE}#{self.event}"

    def __str__(self) -> str:
        what = f"{self.event}: {self.reason}" if self.reason else self.event
        fix = f" Fix: {self.fix}" if self.fix else ""
        return f"{what}. {_sentence(self.consequence)}{fix} (see {self.see})"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding.

    Attributes:
        event: Its name in the log.
        when: What is set, in a few words.
        consequence: What it does to the filter, or to the call.
        change: The change to make, where no finding says it more exactly.
    """

    event: str
    when: str
    consequence: str
    change: str = ""

    def found(self, reason: str = "", *, fix: str | None = None) -> Finding:
        """A finding of this kind."""
        return Finding(self.event, self.consequence, self.change if fix is None else fix, reason)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


SPEECH_NOT_FILTERED = Kind(
    "speech_not_filtered",
    "turn detection `manual` or `realtime_llm`; or no STT",
    "all speech passes: turns are the application's or the model's",
)
NO_RECOGNISER = Finding(
    SPEECH_NOT_FILTERED.event,
    "there is nothing to filter",
    reason="neither the agent nor the session has an STT",
)

# -- turns and interruptions ----------------------------------------------------------------------

VAD_PAUSES = Kind(
    "vad_pauses_on_any_sound",
    "a VAD, LiveKit's default included, with `min_words` 0",
    "with min_words 0 LiveKit stops the agent for half a second of any sound, a backchannel or a "
    "cough, whatever becomes of its words. AssemblyAI's guide has a VAD in one place and none "
    "beside its filters: with two words either will do, and none is simpler",
    'AgentSession(turn_handling={"interruption": {"min_words": 2}}), or vad=None',
)
MIN_WORDS_TOO_LOW = Kind(
    "min_words_too_low",
    "`min_words` below 2",
    "any one word that is in no list stops the agent, a stutter or a name among them, and short "
    "words can't be held until it is done",
    'AgentSession(turn_handling={"interruption": {"min_words": 2}}), and the same in the '
    "configuration where it has min_words",
)
ENDPOINTING_DELAY = Kind(
    "endpointing_delay_added",
    '`endpointing.min_delay` above 0 with turn detection "stt"',
    "LiveKit waits this long once more after the recogniser has ended the turn. AssemblyAI's guide "
    "has 1.0 beside its own filters and 0 everywhere else: 0 applies here, since what this filter "
    "releases needs no delay",
    'AgentSession(turn_handling={"endpointing": {"min_delay": 0}})',
)
DETECTOR_WITHOUT_VAD = Kind(
    "turn_detector_without_vad",
    "a turn detector model and no VAD",
    "nothing tells a turn detector that the caller has begun to speak. AssemblyAI's guide has "
    'vad=None for its filters: that is for turn detection "stt", where the recogniser tells it',
    'AgentSession(turn_handling={"turn_detection": "stt"})',
)
ADAPTIVE_UNAVAILABLE = Kind(
    "adaptive_interruption_unavailable",
    'interruption `mode` "adaptive" without a VAD or without LiveKit Cloud',
    "adaptive interruption runs in LiveKit Cloud and by a VAD: elsewhere it is switched off or "
    "fails during the call, and what callers say is sent there for nothing",
    'AgentSession(turn_handling={"interruption": {"mode": "vad"}})',
)
STOPS_FINAL = Kind(
    "false_interruptions_final",
    "`resume_false_interruption` off, or `false_interruption_timeout` None",
    "a stop that turns out to be a backchannel can't be taken back",
    'AgentSession(turn_handling={"interruption": {"resume_false_interruption": True, '
    '"false_interruption_timeout": 1.0}})',
)
TIMEOUT_WITHOUT_VAD = Kind(
    "transcription_timeout_without_vad",
    "`transcription_timeout` without a VAD",
    "LiveKit starts this timeout when a VAD hears the caller's end: user_transcription_timeout is "
    "never emitted",
    "AgentSession(transcription_timeout=None)",
)
TIMEOUT_TOO_SHORT = Kind(
    "transcription_timeout_too_short",
    "`transcription_timeout` below `max_turn_silence`",
    "a sentence without a full stop is transcribed max_turn_silence after its end: by then the "
    "caller has been asked to repeat it",
    "AgentSession(transcription_timeout=2.0): a second more than max_turn_silence",
)
ECHO_WARM_UP = Kind(
    "echo_warm_up_deafens",
    "`aec_warmup_duration` (3 s by default)",
    "LiveKit keeps the caller's sound from the recogniser in the first seconds of the agent's "
    'speech: "stop" and early answers are lost',
    "AgentSession(aec_warmup_duration=None); browsers and telephones cancel the echo",
)
NOISE_CANCELLATION = Kind(
    "noise_cancellation_in_front",
    "noise cancellation in the room's options, with AssemblyAI's recogniser",
    "the recogniser hears its artifacts, which AssemblyAI says cost more words than the noise does",
    "RoomOptions(audio_input=AudioInputOptions(noise_cancellation=None)); where it is noisy, "
    'assemblyai.STT(voice_focus="near-field") does it in the recogniser',
)

# -- the recogniser -------------------------------------------------------------------------------

THRESHOLDS_DIFFER = Kind(
    "vad_thresholds_differ",
    "Silero's `activation_threshold` is not the recogniser's `vad_threshold`",
    "one of the two hears speech that the other doesn't: stops come late, or without words. "
    "AssemblyAI's guide wants both at 0.3; beside its filters it wants no VAD, which will do too",
    "silero.VAD.load(activation_threshold=0.3)",
)
SILENCE_TOO_SHORT = Kind(
    "turn_silence_too_short",
    "`max_turn_silence` no longer than `min_turn_silence` (the plugin's default, 100) with turn "
    'detection "stt"',
    "every pause ends the turn, in mid-sentence too. AssemblyAI's guide has 100 for a turn "
    'detector and 1000 for "stt": 1000 applies here, where nobody else decides',
    "assemblyai.STT(max_turn_silence=1000)",
)
SILENCE_TOO_LONG = Kind(
    "turn_silence_too_long",
    '`max_turn_silence` of 1000 or more with a turn detector model, or turn detection "vad"',
    "the words reach the one who decides about the turn up to that much late. AssemblyAI's guide "
    'has 1000 for "stt" and 100 for the others: 100 applies here',
    "assemblyai.STT(max_turn_silence=100)",
)
NO_FILLERS = Kind(
    "recogniser_leaves_out_fillers",
    "a model that leaves out fillers (Universal-Streaming, Whisper), or `filler_words=False`",
    '"um" and "mhm" are not in its transcripts: hesitations are nowhere, and a backchannel comes '
    "as a sound without words, or as other words",
    'assemblyai.STT(model="u3-rt-pro"), or a newer model of its family',
)
SOUND_TAGS = Kind(
    "recogniser_writes_tags",
    "a model that writes sounds as tags ([Silence], [Music])",
    "each tag is a transcript: it is told from words by its brackets alone",
    'assemblyai.STT(model="u3-rt-pro"), or a newer model of its family',
)
PRESET_OVERRIDDEN = Kind(
    "preset_overridden",
    "`mode` together with settings that it would choose",
    "what is set explicitly counts, so that the preset is not what its name says",
    "assemblyai.STT(...) without these settings, or without mode",
)
PROMPT_WITH_KEYTERMS = Kind(
    "prompt_with_keyterms",
    "`prompt` together with `keyterms_prompt`",
    "AssemblyAI's guide lets them go together in its reference, and has one in place of the other "
    "in its advice, with no prompt at first: the terms apply, they are the better tested",
    "assemblyai.STT(...) without prompt",
)
MU_LAW = Kind(
    "mulaw_announced",
    '`encoding="pcm_mulaw"`',
    "LiveKit's plugin announces mu-law and sends 16-bit samples (1.5.0 to 1.8.9): the recogniser "
    "hears noise. AssemblyAI's guide has it for telephony; of that, sample_rate=8000 alone applies",
    'assemblyai.STT(encoding="pcm_s16le")',
)
SAMPLE_RATE = Kind(
    "sample_rate_unfit",
    "`sample_rate` above 16000, or below 8000",
    "a recogniser gains nothing from more than 16 kHz, and a telephone line carries 8 kHz",
    "assemblyai.STT(sample_rate=16000), or 8000 for telephony",
)
WITHOUT_EFFECT = Kind(
    "option_without_effect",
    "`end_of_turn_confidence_threshold` or `format_turns` with a U3 Pro model; "
    "`voice_focus_threshold` without `voice_focus`",
    "the model ends turns by punctuation and always formats; nothing reads these",
    "assemblyai.STT(...) without them",
)
NO_WORD_LIST = Kind(
    "recogniser_language_without_words",
    "a recogniser for a language that no list in `extends` serves",
    "its backchannels count as content, and stop the agent; its commands wait for a second word",
    'FilterConfig(extends=["en", "de"]), or a list of your own, by its path',
)
CONTEXT_TWICE = Kind(
    "agent_context_sent_twice",
    "a `conversation_item_added` handler that sends `agent_context`, where LiveKit or the bridge "
    "sends it too",
    "the recogniser takes each of the agent's replies for two",
    'session.off("conversation_item_added", ...) of that handler',
)
BRIDGE_IDLE = Kind(
    "agent_context_bridge_idle",
    "`agent_context: bridge` where LiveKit forwards replies by itself",
    "the bridge sends nothing, so that no reply is sent twice: the configuration asks for one and "
    "LiveKit does the other",
    'AgentSession(stt_context_options={"forward_chat_context": False}), or agent_context: auto',
)
CONTEXT_NOT_SENT = Kind(
    "agent_context_not_sent",
    "a recogniser that takes `agent_context`, and nobody who sends it",
    "short answers, names and spelled-out words are recognised without the question they answer",
    "install_agent_context_bridge(session), or agent_context: auto where install() is called",
)

KINDS: tuple[Kind, ...] = (
    VAD_PAUSES,
    MIN_WORDS_TOO_LOW,
    ENDPOINTING_DELAY,
    DETECTOR_WITHOUT_VAD,
    ADAPTIVE_UNAVAILABLE,
    STOPS_FINAL,
    TIMEOUT_WITHOUT_VAD,
    TIMEOUT_TOO_SHORT,
    ECHO_WARM_UP,
    NOISE_CANCELLATION,
    THRESHOLDS_DIFFER,
    SILENCE_TOO_SHORT,
    SILENCE_TOO_LONG,
    NO_FILLERS,
    SOUND_TAGS,
    PRESET_OVERRIDDEN,
    PROMPT_WITH_KEYTERMS,
    MU_LAW,
    SAMPLE_RATE,
    WITHOUT_EFFECT,
    NO_WORD_LIST,
    CONTEXT_TWICE,
    BRIDGE_IDLE,
    CONTEXT_NOT_SENT,
    SPEECH_NOT_FILTERED,
)
"""Every kind, in the order of the page."""
