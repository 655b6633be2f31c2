"""The image and the compose file agree with the checkout, with LiveKit, and with each other.

No Docker engine is needed, and none is asked: the two files are read as what they are, text.
"""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from livekit.agents import AgentServer

import filters
from agent.__main__ import check
from agent.settings import DEFAULT_HTTP_HOST, LIVEKIT_VARIABLES, read_worker_settings
from scripts.e2e.livekit_server import VERSION

ROOT = Path(__file__).parents[2]
HERE = ROOT / "agent"

# What the image or the container fixes; LIVEKIT_URL and the place of the domains are in it as well.
FIXED = {"AGENT_HTTP_PORT", "LIVEKIT_FILTERS_CONFIG_DIR"}
SECRETS = re.compile("KEY|SECRET|TOKEN|PASSWORD")


@dataclass(frozen=True)
class Instruction:
    """A line of a Dockerfile: what to do, and with what."""

    name: str
    rest: str


def instructions() -> list[Instruction]:
    """The Dockerfile's, with continued lines put together."""
    text = (HERE / "Dockerfile").read_text("utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line.strip()]


def last_stage() -> list[Instruction]:
    """What the image itself is made by."""
    found = instructions()
    starts = [at for at, each in enumerate(found) if each.name == "FROM"]
    return found[starts[-1] :]


def the(name: str) -> str:
    """What the one instruction of that name in the last stage says."""
    (found,) = (each.rest for each in last_stage() if each.name == name)
    return found


def compose() -> dict[str, Any]:
    """The compose file."""
    found: dict[str, Any] = yaml.safe_load((HERE / "compose.yaml").read_text("utf-8"))
    return found


def agent() -> dict[str, Any]:
    """The agent's service."""
    found: dict[str, Any] = compose()["services"]["agent"]
    return found


def in_context(path: str) -> bool:
    """Whether .dockerignore leaves a path of the checkout in what an image is built of."""
    kept = True
    for line in (HERE / "Dockerfile.dockerignore").read_text("utf-8").splitlines():
        pattern = line.removeprefix("!").rstrip("/")
        if line and not line.startswith("#") and fnmatch(path, pattern):
            kept = line.startswith("!")
    return kept


def project(name: str) -> list[str]:
    """The texts of a list in pyproject.toml; Python 3.10 has nothing that reads TOML."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    (found,) = re.findall(rf"^{name} = \[\n(.*?)^\]", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r'^\s*"([^"]+)"', found, flags=re.MULTILINE)


def seconds(duration: str) -> float:
    """A duration as compose writes it: 1h, 65m, 3s."""
    units = {"h": 3600, "m": 60, "s": 1}
    parts = re.findall(r"(\d+)([hms])", duration)
    assert "".join(number + unit for number, unit in parts) == duration
    return float(sum(int(number) * units[unit] for number, unit in parts))


# -- the image ------------------------------------------------------------------------------------


def test_all_that_is_copied_is_in_the_checkout_and_in_the_context() -> None:
    """Files as files, directories as directories; from another stage is another matter."""
    copied = [each.rest for each in instructions() if each.name == "COPY"]
    sources = [
        source for rest in copied if not rest.startswith("--from") for source in rest.split()[:-1]
    ]
    assert {"filters/", "agent/", "config/", "pyproject.toml", "constraints.txt"} <= set(sources)
    package = Path(filters.__file__).parent  # the wheel's, where that is tested
    for source in sources:
        path = package if source == "filters/" else ROOT / source
        assert path.is_dir() if source.endswith("/") else path.is_file(), source
        assert in_context(source.rstrip("/")), source


@pytest.mark.parametrize("path", [".env", ".git", ".venv", "tests", "scripts", "recordings"])
def test_what_is_no_part_of_an_image_stays_out_of_its_context(path: str) -> None:
    """Keys above all."""
    assert not in_context(path)


def test_stages_are_copied_from_by_their_names() -> None:
    """What is copied out of one was made in it."""
    stages = [each.rest.partition(" AS ")[2] for each in instructions() if each.name == "FROM"]
    (source,) = (each.rest.split()[:2] for each in last_stage() if "--from" in each.rest)
    assert source == [f"--from={stages[0]}", "/venv"]
    assert any("python -m venv /venv" in each.rest for each in instructions()[:-1])


def test_the_checkout_is_installed_with_exact_versions() -> None:
    """Every dependency of the package and of its extra `agent` is pinned in what pip is given."""
    (install,) = (each.rest for each in instructions() if "pip install" in each.rest)
    assert '-c constraints.txt ".[agent]"' in install
    pinned = {
        line.split("==")[0]
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if "==" in line
    }
    asked_for = [*project("dependencies"), *project("agent")]
    assert {"livekit-agents>=1.5,<2", "python-dotenv>=1.0"} <= set(asked_for)
    for needed in asked_for:
        name = re.split("[<>=]", needed)[0]
        assert name.casefold().replace("_", "-") in pinned, needed


def test_the_image_runs_a_python_that_the_package_supports() -> None:
    """The same one in every stage."""
    images = {each.rest.split()[0] for each in instructions() if each.name == "FROM"}
    (image,) = images
    version = re.fullmatch(r"python:3\.(\d+)-slim", image)
    assert version is not None
    assert f"Programming Language :: Python :: 3.{version[1]}" in project("classifiers")


def test_it_starts_a_worker() -> None:
    """`python -m agent start`, which asks for the server's address and keys."""
    command = [*json.loads(the("ENTRYPOINT")), *json.loads(the("CMD"))]
    assert command[:3] == ["python", "-m", "agent"]
    with pytest.raises(ValueError, match="LIVEKIT_API_SECRET is not set"):
        check(command[3:], {"AGENT_OFFLINE": "1"})
    check(command[3:], {"AGENT_OFFLINE": "1", **dict.fromkeys(LIVEKIT_VARIABLES, "x")})


def test_it_does_not_run_as_root() -> None:
    """By number: an orchestrator can tell that without a look into the image."""
    user, group = the("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0
    at = [each.name for each in last_stage()].index("USER")
    assert all(each.name != "RUN" for each in last_stage()[at:])


def test_no_key_is_in_the_image() -> None:
    """Neither as a variable nor as an argument of its build."""
    for each in instructions():
        assert each.name != "ARG"
        if each.name == "ENV":
            assert not SECRETS.search(each.rest)


def test_the_health_check_asks_where_a_worker_answers() -> None:
    """At the address that is the default, and the port that LiveKit takes under `start`."""
    (url,) = re.findall(r"http://[^']+", the("HEALTHCHECK"))
    default = inspect.signature(AgentServer).parameters["port"].default
    assert urlsplit(url).hostname == read_worker_settings({}).http_host == DEFAULT_HTTP_HOST
    assert urlsplit(url).port == default.prod_default
    assert int(the("EXPOSE")) == default.prod_default
    assert read_worker_settings({}).http_port is None
    asked = the("HEALTHCHECK").partition("CMD ")[2]
    compile(json.loads(asked)[2], "the health check", "exec")


# -- the compose file -----------------------------------------------------------------------------


def test_compose_builds_this_image_of_the_checkout() -> None:
    """Paths are seen from the compose file."""
    build = agent()["build"]
    context = HERE / build["context"]
    assert context.resolve() == ROOT
    assert (context / build["dockerfile"]).resolve() == HERE / "Dockerfile"


def test_every_setting_reaches_the_container_by_a_variable() -> None:
    """All that .env.example names, but what the container fixes; nothing that it doesn't."""
    named = {
        line.split("=")[0]
        for line in (ROOT / ".env.example").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    }
    passed = agent()["environment"]
    assert set(passed) == named - FIXED
    for name, value in passed.items():
        if name != "LIVEKIT_URL":
            assert value.startswith(f"${{{name}:"), name


def test_no_key_is_in_the_compose_file() -> None:
    """A variable that is secret is taken from the environment."""
    for service in compose()["services"].values():
        for name, value in service["environment"].items():
            if SECRETS.search(name):
                assert re.sub(r"\$\{[^}]*\}", "", value).strip(" :") == "", name


def test_keys_of_server_and_worker_are_the_same() -> None:
    """What the one is given as a pair, the other is given as two."""
    pair = compose()["services"]["livekit"]["environment"]["LIVEKIT_KEYS"]
    assert re.findall(r"\$\{(\w+):", pair) == ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"]
    assert "}: ${" in pair


def test_the_worker_waits_for_a_server_that_answers() -> None:
    """The server's check asks the port that the worker connects to."""
    livekit = compose()["services"]["livekit"]
    (url,) = (word for word in livekit["healthcheck"]["test"] if word.startswith("http"))
    assert agent()["depends_on"] == {"livekit": {"condition": "service_healthy"}}
    assert urlsplit(url).port == urlsplit(agent()["environment"]["LIVEKIT_URL"]).port == 7880
    assert urlsplit(url).hostname == "127.0.0.1"


def test_the_server_is_the_one_that_calls_were_tried_with() -> None:
    """`make e2e` builds the same version."""
    assert compose()["services"]["livekit"]["image"] == f"livekit/livekit-server:v{VERSION}"


def test_a_worker_has_longer_to_end_than_it_waits_for_its_last_call() -> None:
    """LiveKit's own drain timeout, and a while for its processes to end."""
    drain_s = inspect.signature(AgentServer).parameters["drain_timeout"].default
    assert seconds(agent()["stop_grace_period"]) > drain_s
    assert the("STOPSIGNAL") == "SIGTERM"
    assert "stop_signal" not in agent()


def test_domains_are_edited_on_the_host() -> None:
    """In a directory of the checkout, mounted where the image has its own."""
    (mount,) = agent()["volumes"]
    source, target, mode = mount.split(":")
    assert (HERE / source).resolve() == ROOT / "config"
    assert target == f"{the('WORKDIR')}/config"
    assert mode == "ro"


@pytest.mark.parametrize("name", ["livekit", "agent"])
def test_services_may_do_no_more_than_they_need(name: str) -> None:
    """No root, no capabilities, nothing to write to but /tmp."""
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service.get("user", the("USER")).split(":")[0]) > 0
    assert service["restart"] == "unless-stopped"
