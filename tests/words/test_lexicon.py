"""The lexicon: folding, patterns, the longest phrase, and what spelling must not change."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.agents.tokenize.basic import split_words

from filters.configuration import load_config
from filters.words import Kind, Lexicon, Verdict, WordLists, fold, iterate_phrases
from filters.words.matching import MAX_PHRASE_TOKENS
from filters.words.patterns import expand

WORDS = WordLists(
    backchannels=(
        "yeah",
        "mm-hmm",
        "uh-huh",
        "good",
        "so",
        "right",
        "I see",
        "no problem",
        "okay then",
        "what a shame",
        "that's [very] (right|great)",
        "はい",
        "そう です ね",
    ),
    hesitations=("um", "uh", "let me see"),
    commands=("stop", "hold on", "that's enough"),
    standalone_commands=("no", "wait a bit", "what", "sorry?", "right?"),
    presence_checks=("hello", "are you there", "there?"),
)
LEXICON = Lexicon({"en": WORDS})


def kind(text: str, *, final: bool = True) -> Kind:
    """What a text is."""
    return LEXICON.classify(text, final=final).kind


# -- what a text is --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("", Kind.NOTHING, 0),
        (" ... -- ?", Kind.NOTHING, 0),
        ("👍", Kind.NOTHING, 0),
        ("[silence]", Kind.NOTHING, 0),
        ("(beeps) (computerized voice)", Kind.NOTHING, 0),
        ("(coughs) I need a taxi.", Kind.CONTENT, 4),
        ("[Speaker S1] Yeah.", Kind.BACKCHANNEL, 1),
        ("4471.", Kind.CONTENT, 2),
        ("Um.", Kind.HESITATION, 0),
        ("Uh, let me see", Kind.HESITATION, 0),
        ("Yeah.", Kind.BACKCHANNEL, 1),
        ("Um, yeah, that's very right.", Kind.BACKCHANNEL, 4),
        ("[silence] yeah", Kind.BACKCHANNEL, 1),
        ("Stop!", Kind.COMMAND, 1),
        ("yeah, I'd like you to hold on please", Kind.COMMAND, 8),
        ("No.", Kind.STANDALONE, 1),
        ("Um, no, yeah.", Kind.STANDALONE, 2),
        ("no thanks", Kind.CONTENT, 2),
        ("no, no problem", Kind.BACKCHANNEL, 3),
        ("no, yeah, no problem", Kind.STANDALONE, 4),
        ("No problem!", Kind.BACKCHANNEL, 2),
        ("um suite", Kind.CONTENT, 1),
        ("the um suite", Kind.CONTENT, 2),
        ("[music] suite", Kind.CONTENT, 1),
        ("That's enough.", Kind.COMMAND, 2),
        ("Hello? Hello?", Kind.PRESENCE, 2),
        ("Um, are you there?", Kind.PRESENCE, 3),
        ("there?", Kind.PRESENCE, 1),
        ("there", Kind.CONTENT, 1),
        ("Hello? Stop!", Kind.COMMAND, 2),
        ("Hello? No.", Kind.STANDALONE, 2),
        ("Hello? The suite.", Kind.CONTENT, 3),
    ],
)
def test_a_text_is_what_its_phrases_make_of_it(text: str, expected: Kind, words: int) -> None:
    """Commands win over content, content over commands that stand alone, these over fillers."""
    assert LEXICON.classify(text) == Verdict(expected, words)


@pytest.mark.parametrize(
    ("text", "while_under_way", "at_the_end"),
    [
        ("I", Kind.PREFIX, Kind.CONTENT),
        ("that's", Kind.PREFIX, Kind.CONTENT),
        ("yeah that's very", Kind.PREFIX, Kind.CONTENT),
        ("I I", Kind.PREFIX, Kind.CONTENT),
        ("okay", Kind.PREFIX, Kind.CONTENT),
        ("suite that's", Kind.CONTENT, Kind.CONTENT),
        ("that's what", Kind.CONTENT, Kind.CONTENT),
        ("no that's", Kind.CONTENT, Kind.CONTENT),
        ("what a", Kind.PREFIX, Kind.CONTENT),
        ("what a mess", Kind.CONTENT, Kind.CONTENT),
        ("no no", Kind.STANDALONE, Kind.STANDALONE),
        ("hold", Kind.CONTENT, Kind.CONTENT),
        ("let me", Kind.PREFIX, Kind.CONTENT),
        ("no", Kind.PREFIX, Kind.STANDALONE),
        ("yeah no", Kind.PREFIX, Kind.STANDALONE),
        ("wait a bit", Kind.STANDALONE, Kind.STANDALONE),
        ("I see", Kind.BACKCHANNEL, Kind.BACKCHANNEL),
        ("hello", Kind.PRESENCE, Kind.PRESENCE),
        ("hello that's", Kind.CONTENT, Kind.CONTENT),
    ],
)
def test_what_may_still_become_a_filler(text: str, while_under_way: Kind, at_the_end: Kind) -> None:
    """While words may follow, the beginning of a filler, after fillers, is not yet content."""
    assert kind(text, final=False) is while_under_way
    assert kind(text) is at_the_end


def test_a_question_mark_is_part_of_a_phrase_only_where_it_was_written() -> None:
    """ "Right?" asks back and "right" does not; the mark counts at the end of the text alone."""
    assert kind("Right?") is Kind.STANDALONE
    assert kind("right？ ") is Kind.STANDALONE
    assert kind('"Right?"') is Kind.STANDALONE
    assert kind("right") is Kind.BACKCHANNEL
    assert kind("right? yeah") is Kind.BACKCHANNEL
    assert kind("sorry") is Kind.CONTENT
    assert kind("Yeah?") is Kind.BACKCHANNEL


def test_a_stutter_does_not_hide_a_phrase() -> None:
    """A word said again within a phrase counts once for the phrase, but as said for words."""
    assert LEXICON.classify("That's that's right.") == Verdict(Kind.BACKCHANNEL, 3)
    assert kind("no no no problem") is Kind.BACKCHANNEL
    assert kind("hold hold on") is Kind.COMMAND
    assert kind("no no no") is Kind.STANDALONE
    assert kind("the the") is Kind.CONTENT
    assert kind("I I I see see") is Kind.CONTENT


@pytest.mark.parametrize(
    "text",
    ["Mm hmm", "mmhmm", "MM-HMM!", "mm–hmm", "mmm-hmmm", "uhhuh", "yeaaaah", "YEEEAH", "goooood"],
)
def test_spellings_of_a_hum_are_one(text: str) -> None:
    """Hyphens, case and drawn-out letters do not matter."""
    assert kind(text) is Kind.BACKCHANNEL


def test_drawing_out_never_makes_one_word_of_two() -> None:
    """Letters doubled in ordinary spelling stay doubled: "too" is not "to", nor "good" "god"."""
    lexicon = Lexicon({"en": WordLists(backchannels=("to", "god"), commands=("ooo",))})
    assert lexicon.classify("too").kind is Kind.CONTENT
    assert lexicon.classify("good").kind is Kind.CONTENT
    assert lexicon.classify("gooood").kind is Kind.BACKCHANNEL
    assert lexicon.classify("ooo").kind is Kind.COMMAND


def test_scripts_without_spaces_are_matched_by_character() -> None:
    """A phrase may be of any script; of one without spaces each character is a word."""
    assert LEXICON.classify("はーい。") == Verdict(Kind.BACKCHANNEL, 2)
    assert LEXICON.classify("そうですね") == Verdict(Kind.BACKCHANNEL, 5)
    assert kind("そうで", final=False) is Kind.PREFIX
    assert kind("部屋") is Kind.CONTENT


def test_composed_and_decomposed_accents_are_equal() -> None:
    """An accent may come as a character of its own, anywhere in a long text."""
    lexicon = Lexicon({"es": WordLists(backchannels=("sí", "ajá"))})
    text = "Sí, ajá. " * 200
    assert lexicon.classify(text).kind is Kind.BACKCHANNEL
    assert lexicon.classify(unicodedata.normalize("NFD", text)).kind is Kind.BACKCHANNEL


def test_a_phrase_in_two_lists_belongs_to_the_more_telling_one() -> None:
    """Commands win over fillers, so that no list can silence one."""
    lexicon = Lexicon({"en": WordLists(backchannels=("stop", "no"), commands=("stop",))})
    assert lexicon.classify("stop").kind is Kind.COMMAND


# -- languages -------------------------------------------------------------------------------------


MANY = Lexicon(
    {
        "en": WordLists(backchannels=("yeah", "okay"), standalone_commands=("no",)),
        "es": WordLists(backchannels=("claro", "si"), commands=("espera",)),
        "de": WordLists(standalone_commands=("was?", "nein", "si"), homographs=("okay",)),
        "es-mx": WordLists(backchannels=("órale",), hesitations=("no",)),
    }
)


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("language", [None, "", "en", "en-US", "EN_us", "es", "de", "fr", "multi"])
def test_a_text_is_judged_by_all_languages(language: str | None, final: bool) -> None:
    """Whatever the tag: filler in one or in a mix is filler, a command in one is a command."""
    for text in ("Yeah.", "claro", "Yeah, claro, órale"):
        assert MANY.classify(text, language, final=final).kind is Kind.BACKCHANNEL
    assert MANY.classify("yeah, espera", language, final=final).kind is Kind.COMMAND
    assert MANY.classify("Nein.", language, final=final).kind is Kind.STANDALONE
    assert MANY.classify("claro, the suite", language, final=final).kind is Kind.CONTENT


def test_a_tag_decides_contradictions_on_a_final() -> None:
    """Elsewhere the first language that knows the words does; a region falls back to its language.

    An ordinary word of a language is one of its words.
    """
    assert MANY.languages == ("en", "es", "de", "es-mx")
    kinds = {
        ("si", "de-AT"): Kind.STANDALONE,
        ("si", "es_ES"): Kind.BACKCHANNEL,
        ("si", "en"): Kind.BACKCHANNEL,
        ("si", None): Kind.BACKCHANNEL,
        ("si", "fr"): Kind.BACKCHANNEL,
        ("no", "es"): Kind.STANDALONE,
        ("no", "ES_mx"): Kind.HESITATION,
        ("no", "es-MX-x"): Kind.HESITATION,
        ("okay", "de"): Kind.CONTENT,
        ("okay", "en"): Kind.BACKCHANNEL,
    }
    for (text, language), kind in kinds.items():
        assert MANY.classify(text, language).kind is kind
        by_default = MANY.classify(text, None, final=False)
        assert MANY.classify(text, language, final=False) == by_default


@given(st.lists(st.sampled_from(["yeah", "claro", "si", "no", "was?", "suite"]), max_size=5))
def test_an_unknown_tag_is_none(words: list[str]) -> None:
    """So is one of a language that is not extended, and any on what is not final."""
    text = " ".join(words)
    assert MANY.classify(text, "fr") == MANY.classify(text) == MANY.classify(text, "xx-YY")
    assert MANY.classify(text, "de", final=False) == MANY.classify(text, final=False)


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        (WordLists(commands=("stop (it",)), "en: '(' at character 6 is never closed with ')'"),
        (WordLists(commands=("...",)), "en: '...' holds no word"),
        (WordLists(backchannels=("a " * 13,)), f"more than {MAX_PHRASE_TOKENS} words"),
    ],
)
def test_what_cannot_be_compiled_is_named(lists: WordLists, said: str) -> None:
    """The error says which language and which phrase."""
    with pytest.raises(ValueError, match=r"^en: ") as error:
        Lexicon({"en": lists})
    assert said in str(error.value)


def test_a_lexicon_needs_a_language() -> None:
    """Without any list there is nothing to decide by."""
    with pytest.raises(ValueError, match="at least one language"):
        Lexicon({})


# -- patterns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "phrases"),
    [
        ("mhm", ("mhm",)),
        ("(uh|m)-huh", ("uh-huh", "m-huh")),
        ("[oh] right", ("oh right", "right")),
        ("i ([really] do|am)", ("i really do", "i do", "i am")),
        ("so|", None),
        ("(a|b", None),
        ("a]", None),
        ("(a]", None),
        ("(a|b)" * 20, None),
        ("(a|a)  (b|b)", ("a b",)),
    ],
)
def test_a_pattern_stands_for_its_phrases(pattern: str, phrases: tuple[str, ...] | None) -> None:
    """(a|b) is either, [a|b] either or none; anything malformed, or explosive, is refused."""
    if phrases is None:
        with pytest.raises(ValueError, match=r"character|stands for more"):
            expand(pattern)
    else:
        assert expand(pattern) == phrases


def test_phrases_of_a_list_can_be_told_equal() -> None:
    """Two spellings of a phrase fold to the same."""
    assert dict(iterate_phrases(["Mm-hmm", "MM HMM!"])) == {"Mm-hmm": "m hm", "MM HMM!": "m hm"}


# -- properties ------------------------------------------------------------------------------------

SPEAKABLE = [
    *(
        "yeah",
        "mm-hmm",
        "uh-huh",
        "good",
        "so",
        "right",
        "i see",
        "no problem",
        "that's very great",
    ),
    *("um", "let me see", "stop", "hold on", "no", "wait a bit", "suite", "breakfast at nine", "i"),
    *("hello", "are you there"),
]


@given(st.data())
def test_case_punctuation_hyphens_and_drawn_out_letters_change_nothing(data: st.DataObject) -> None:
    """However a recogniser or a transcriber writes what was said, it is the same."""
    phrases = data.draw(st.lists(st.sampled_from(SPEAKABLE), min_size=1, max_size=6))
    text = " ".join(phrases)
    mangled = []
    for word in text.split():
        written = data.draw(st.sampled_from([word, word.upper(), word.capitalize()]))
        drawn_out = data.draw(st.integers(0, len(written) - 1))
        times = data.draw(st.sampled_from([0, 0, 3, 7]))
        written = written[:drawn_out] + written[drawn_out] * times + written[drawn_out:]
        mangled.append(written.replace("-", data.draw(st.sampled_from("-–‑ "))))
    glue = data.draw(st.sampled_from([" ", ", ", "... ", " - ", "\n", "! "]))
    final = data.draw(st.booleans())
    assert kind(
        glue.join(mangled) + data.draw(st.sampled_from(["", ".", "!", "…"])), final=final
    ) is kind(text, final=final)


@given(st.text(alphabet="abcxyzéñ ,!?'日本はいกข", max_size=60))
def test_words_are_counted_as_livekit_counts_them(text: str) -> None:
    """`min_words` means the same here and in the session, in any script."""
    lexicon = Lexicon({"en": WordLists(backchannels=("abc",))})
    assert lexicon.classify(text).words == len(split_words(text, split_character=True))


@given(st.text(max_size=200), st.booleans())
def test_any_text_has_a_verdict(text: str, final: bool) -> None:
    """Nothing a recogniser can send is too strange."""
    verdict = LEXICON.classify(text, final=final)
    assert verdict.words >= 0
    assert (verdict.kind is Kind.NOTHING) <= (verdict.words == 0)
    assert fold(text).tokens == fold(text.upper().lower()).tokens or not text.isascii()


PIECES = [
    *(
        "that's a very ",
        "i ",
        "no-",
        "yeah, ",
        "hold ",
        "oh my ",
        "(",
        "[",
        "<",
        "*",
        "a",
        "hm",
        "-",
    ),
    *("\u0301\u0316", "e\u0301", "…", "日", "ー", "[silence] ", "stop", "\n", "?", "ﷺ"),
]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.integers(1, 3000)), min_size=1, max_size=4))
def test_no_text_takes_long(parts: list[tuple[str, int]]) -> None:
    """Ten thousand characters of the worst are decided in a moment."""
    text = "".join(piece * times for piece, times in parts)[:10_000]
    lexicon = load_config().lexicon
    began = time.process_time()
    lexicon.classify(text, final=False)
    assert time.process_time() - began < 1
