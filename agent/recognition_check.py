"""Says which options of a domain the installed AssemblyAI plugin can't be made with, or refuses."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from livekit.plugins import assemblyai

from filters import ConfigError
from filters.documents import Problem, one_line, shown

from .recognition import MODELS, known_models, turn_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from filters import FilterConfig

PACKAGE = "livekit-plugins-assemblyai"


def check_recogniser_options(
    config: FilterConfig, file: str, plugin: type[Any] = assemblyai.STT
) -> None:
    """Tries a domain's options on the plugin, without a connection.

    Args:
        config: The domain.
        file: Its file, for errors.
        plugin: The recogniser's class.

    Raises:
        ConfigError: The plugin doesn't take them; with all that could be found.
    """
    problems = [*_problems_of_stt(config, file, plugin), *_problems_of_stages(config, file, plugin)]
    if problems:
        raise ConfigError(problems)


def _problems_of_stt(config: FilterConfig, file: str, plugin: type[Any]) -> Iterator[Problem]:
    options = config.stt_options()
    if not options:
        return
    family = [name for name in MODELS if name in known_models(plugin)]
    model = options.pop("model", None)
    found = 0
    if model is not None and model not in family:
        found += 1
        what = f"{shown(model)} is no model of {_plugin_name()} that this agent works with"
        yield Problem(file, "stt.model", what, f"Write {', '.join(family)}, or leave it out.")
        model = None
    model = model or (family[0] if family else None)
    taken = inspect.signature(plugin).parameters
    for name, value in options.items():
        if name not in taken:
            what, fix = f"{_plugin_name()} does not take it", "Remove it, or install a newer one."
        else:
            what, fix = _refusal(plugin, {"model": model, name: value}), ""
        if what:
            found += 1
            yield Problem(file, f"stt.{name}", what, fix)
    if not found and (what := _refusal(plugin, {"model": model, **turn_options(options)})):
        yield Problem(file, "stt", what)


def _problems_of_stages(config: FilterConfig, file: str, plugin: type[Any]) -> Iterator[Problem]:
    """What a stage sets that would be refused; what it can't set is a warning of the call."""
    outside = turn_options(config.stt_options())
    taken = inspect.signature(plugin.update_options).parameters
    for stage, changes in config.stages.items():
        options = changes.stt.given() if changes.stt is not None else {}
        place = f"stages.{stage}.stt"
        for name, value in options.items():
            what = _refusal(plugin, {}, {name: value}) if name in taken else ""
            if what:
                yield Problem(file, f"{place}.{name}", what)
        least, most = options.get("min_turn_silence"), outside.get("max_turn_silence")
        alone = "max_turn_silence" not in options and "max_turn_silence" not in config.stt_options()
        if alone and least is not None and most is not None and least > most:
            what = f"{least} is more than this agent's max_turn_silence, {most}"
            yield Problem(file, f"{place}.min_turn_silence", what, "Set max_turn_silence, too.")


def _refusal(
    plugin: type[Any], options: dict[str, Any], update: dict[str, Any] | None = None
) -> str:
    """What the plugin says against options; nothing where it takes them."""
    try:
        made = plugin(api_key="none", **options)
        if update is not None:
            made.update_options(**update)
    except (TypeError, ValueError) as error:
        return f"{_plugin_name()} refuses it: {one_line(str(error)).rstrip('.')}"
    return ""


def _plugin_name() -> str:
    return f"{PACKAGE} {assemblyai.__version__}"
