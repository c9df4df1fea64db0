"""The YAML loader: what it reads, what it refuses, where."""

import os
import re
from pathlib import Path

import pytest

from assay.core.findings import Location
from assay.errors import ConfigError
from assay.files.yaml import load_yaml

pytestmark = pytest.mark.threat(12)

SUITES = os.environ.get("ASSAY_SUITES")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("12:30:45", "12:30:45"),
        ("2026-01-02", "2026-01-02"),
        ("1.10", 1.1),
        ("0x1F", 31),
        ("~", None),
        ("", None),
        ("true", True),
        ("'true'", "true"),
        ("1_000", "1_000"),
        ("1.0.0", "1.0.0"),
        ("010", 10),
    ],
)
def test_a_scalar_is_read_by_the_core_schema(text, value):
    assert load_yaml(f"a: {text}".encode(), "x.yaml").value == {"a": value}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: &x 1\nb: 2", 1, "anchors"),
        ("b: 1\na: *x", 2, "anchors"),
        ("a: !!str 1", 1, "tags"),
        ("a: 1\nb: 2\na: 3", 3, "duplicate key"),
        ("a: [", 1, "expected"),
        ("? [x]\n: 1", 1, "a key must be a string"),
        ("a: 1\n---\nb: 2", 2, "another document"),
        ("a: 1e999", 1, "too large"),
        ("[" * 70 + "]" * 70, 1, "levels"),
    ],
)
def test_what_the_projects_files_do_not_use_is_refused_at_its_line(text, line, says):
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        load_yaml(text.encode(), "x.yaml")
    assert caught.value.message.startswith(f"x.yaml:{line} ")


def test_an_alias_bomb_is_refused_before_it_expands():
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    with pytest.raises(ConfigError, match="anchors"):
        load_yaml(bomb.encode(), "x.yaml")


def test_a_deep_document_is_refused_and_does_not_exhaust_the_stack():
    with pytest.raises(ConfigError):
        load_yaml(b"[" * 100_000, "x.yaml")


def test_bytes_that_are_not_utf_8_are_refused():
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_yaml(b"a: \xff", "x.yaml")


def test_every_value_knows_its_line():
    document = load_yaml(b"a:\n  b: 1\n  c/d:\n    - x\n    - y\n", "x.yaml", first_line=10)
    assert document.at("/a/c~1d/1") == Location(path="x.yaml", line=14, pointer="/a/c~1d/1")
    assert document.at("/a/b/nowhere").line == 11


@pytest.mark.skipif(SUITES is None, reason="ASSAY_SUITES names no folder of conformance suites")
def test_the_yaml_suite_never_crashes_the_loader_and_what_is_no_yaml_is_refused():
    """Every case is read or refused with a ConfigError. PyYAML's own scanner lets a dozen broken documents through."""
    cases = [case for file in sorted(Path(SUITES, "yaml", "src").glob("*.yaml")) for case in _cases(file)]
    broken = [text for text, fails in cases if fails]
    sound = [text for text, fails in cases if not fails]
    assert len(broken) > 80
    assert len(sound) > 250
    assert sum(map(_reads, broken)) <= 12
    assert sum(map(_reads, sound)) > 100


def _cases(file):
    """The cases of a file of the suite: the YAML text, its visible marks put back, and whether it must fail."""
    for case in load_yaml(file.read_bytes(), file.name).value:
        if "yaml" in case:
            yield _text(case["yaml"]), bool(case.get("fail"))


def _text(shown):
    text = re.sub("—*»", "\t", shown).replace("␣", " ").replace("↵", "").replace("∎\n", "").replace("←", "\r")
    return text.replace("⇔", "\ufeff")


def _reads(text):
    try:
        load_yaml(text.encode(), "case.yaml")
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("text", ['a: "\\UFFFFFFFF"', 'a: "\\U00110000"', 'a: "\\ud800"', '"\\ud800": 1'])
def test_a_character_that_does_not_exist_is_refused(text):
    with pytest.raises(ConfigError):
        load_yaml(text.encode(), "p.yaml")
