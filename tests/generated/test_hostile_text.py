"""Text of a schema stays text, whatever is in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from emitted_python import complaints, complaints_about
from rivetgen_cli import project, run
from workspace import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAYLOADS = {
    "triple quotes": '"""\nimport os\n"""',
    "triple single quotes": "'''\nimport os\n'''",
    "quote and backslash": '\\"',
    "closing quote": '"); open("marker", "w"); ("',
    "closing single quote": "'); open('marker', 'w'); ('",
    "trailing backslash": "ends with \\",
    "two trailing backslashes": "ends with \\\\",
    "line feed": 'first\nopen("marker", "w")',
    "carriage return": 'first\ropen("marker", "w")',
    "both line ends": 'first\r\nopen("marker", "w")',
    "next line": 'first\u0085open("marker", "w")',
    "line separator": 'first\u2028open("marker", "w")',
    "paragraph separator": 'first\u2029open("marker", "w")',
    "tab": "a\tb",
    "braces": "{open('marker', 'w')} {{}} {0}",
    "percent": "%s %(name)s %n %",
    "template expression": "{{ 7 * 7 }} {{ self.__init__ }}",
    "template statement": "{% for x in y %}{# comment #}{% endfor %}",
    "block comment": "*/ open('marker') /*",
    "swift interpolation": '\\(open("marker"))',
    "shell and script interpolation": "${open('marker')} `open`",
    "comment": "# noqa # type: ignore # fmt: off",
    "line continuation": "a \\\nb",
    "bidirectional": "a\u202eb\u2066c\u2069",
    "invisible": "a\u200b\ufeffb\u00ad",
    "letters": "Größe 寸法 ελληνικά עברית 👋",
    "escapes": "\\n \\x41 \\u0041 \\N{BULLET} \\",
    "unicode name look-alike": "ﬁeld K",
    "html": "<script>alert(1)</script> & | ` * _ [a](b)",
    "long": "word " * 100,
    "long without blanks": "x" * 300,
    "blank": "   ",
    "empty": "",
}

SCHEMA = """\
rivet: 1
info: {{ name: shop, version: 0.1.0, description: {0} }}
types:
  Size:
    description: {0}
    enum: {{ small: {0}, large: {0} }}
  Shape:
    description: {0}
    union: kind
    variants:
      dot: {{ x: {{ type: int, description: {0} }} }}
      line: {{ y: {{ type: string, default: {0}, example: {0} }} }}
  Names:
    description: {0}
    type: list<string>
  Thing:
    description: {0}
    fields:
      text: {{ type: string, default: {0}, description: {0}, deprecated: {0} }}
      list: {{ type: list<string>, default: [{0}] }}
      table: {{ type: map<string>, default: {{ {0}: {0} }} }}
      json: {{ type: json, default: {{ {0}: [{0}] }} }}
      size: {{ type: Size, default: small, description: {0} }}
      shape: Shape | absent
      names: Names | absent
      described: Described | absent
  Described:
    description: {0}
    jsonSchema:
      title: {0}
      description: {0}
      $comment: {0}
      examples: [{0}]
      type: object
      properties:
        {0}: {{ type: string, description: {0}, default: {0} }}
        listed: {{ enum: [{0}, other], default: {0} }}
        fixed: {{ const: {0}, default: {0}, deprecated: true }}
        nested: {{ type: object, properties: {{ {0}: {{ title: {0} }} }} }}
        items: {{ type: array, items: {{ const: {0} }}, default: [{0}] }}
        loose: {{ default: {{ {0}: {0} }} }}
        exact: {{ type: string, pattern: {1} }}
      $defs: {{ unused: {{ enum: [{0}] }} }}
errors:
  broken: {{ message: {0}, description: {0}, deprecated: {0} }}
  full: {{ message: {0}, metadata: {{ what: {{ type: string, description: {0} }} }} }}
actors:
  counter:
    description: {0}
    displayName: {0}
    deprecated: {0}
    key: [{{ name: {{ type: string, description: {0} }} }}]
    input: {{ thing: {{ type: Thing, description: {0} }} }}
    state: {{ label: {{ type: string, default: {0} }} }}
    connParams: {{ token: {{ type: string, default: {0} }} }}
    uses: [counter]
    actions:
      act:
        description: {0}
        deprecated: {0}
        args: [{{ note: {{ type: string, default: {0}, description: {0} }} }}]
        returns: Thing
        errors: [broken, full]
    events:
      happened: {{ description: {0}, deprecated: {0}, payload: Thing }}
      several:
        args: [a: int, b: {{ type: string, default: {0}, description: {0} }}]
"""

PROBE = """\
import importlib, json, sys, typing
found = {}
def texts(field):
    text = typing.get_args(field.annotation)[0]
    return [part for whole in text.__metadata__ for part in whole.metadata
            if hasattr(part, "pattern")]
for number in range(int(sys.argv[1])):
    sys.path[:2] = [f"{number}/src", f"{number}/clients/python"]
    for name in list(sys.modules):
        if name.partition(".")[0] in ("shop", "shop_client"):
            del sys.modules[name]
    types, errors, counter = (
        importlib.import_module(f"shop_client.{name}")
        for name in ("types", "errors", "counter")
    )
    server = importlib.import_module("shop._generated.counter")
    importlib.import_module("shop.app")
    thing = types.Thing()
    described = types.Described().model_dump(by_alias=True)
    types.Described.model_validate(described)
    found[number] = [
        thing.text, thing.list, thing.table, thing.json_, types.ShapeLine().y,
        errors.Broken.default_message, errors.Full.default_message,
        server.CounterState().label, server.CounterParams().token,
        counter._ACTION_ACT.arguments[0].default, described,
        [kind.pattern for kind in texts(types.Described.model_fields["exact"])],
    ]
print(json.dumps(found))
"""


def pattern_of(text: str) -> str:
    """Return a regular expression of the text, as long as one may be."""
    return re.escape(text[:200])


def yaml_text(text: str) -> str:
    """Return a quoted YAML scalar; YAML has no surrogate pairs."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(x if x.isprintable() else f"\\U{ord(x):08x}" for x in quoted)


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one generated project per payload, by its number."""
    folder = tmp_path_factory.mktemp("trees")
    for number, payload in enumerate(PAYLOADS.values()):
        (folder / str(number)).mkdir()
        text = SCHEMA.format(yaml_text(payload), yaml_text(pattern_of(payload)))
        tree = project(folder / str(number), schema=text)
        result = run("generate", "--project", str(tree))
        assert result.status == 0, (payload, result.errors)
    return folder


@pytest.mark.timeout(120)
def test_text_at_every_place_means_the_same_text(trees: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROBE, str(len(PAYLOADS))],
        cwd=trees,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(result.stdout)
    for number, payload in enumerate(PAYLOADS.values()):
        nested = [payload, [payload], {payload: payload}, {payload: [payload]}]
        described = {
            payload: payload,
            "listed": payload,
            "fixed": payload,
            "items": [payload],
            "loose": {payload: payload},
        }
        expected = [*nested, *[payload] * 6, described, [pattern_of(payload)]]
        assert found[str(number)] == expected
    assert not list(trees.rglob("marker"))


@pytest.mark.parametrize("number", range(len(PAYLOADS)), ids=PAYLOADS)
def test_hostile_text_is_no_code(trees: Path, number: int) -> None:
    for path in (trees / str(number)).rglob("*.py"):
        assert complaints(path) == [], path
        lines = path.read_text().split("\n")
        assert all(line.isprintable() or not line for line in lines)


@pytest.mark.parametrize("number", range(len(PAYLOADS)), ids=PAYLOADS)
def test_hostile_text_leaves_documents_readable(trees: Path, number: int) -> None:
    folder = trees / str(number)
    tomllib.loads((folder / "clients/python/pyproject.toml").read_text())
    json.loads((folder / "specs/client-spec.json").read_text())
    assert "<script>" not in (folder / "clients/python/README.md").read_text()


@pytest.mark.parametrize("payload", ["\x00", "\x0b", "\x0c", "\x1b", "\ud800", "\x7f"])
def test_characters_that_no_text_needs_are_refused_with_a_position(
    tmp_path: Path, payload: str
) -> None:
    text = SCHEMA.format(json.dumps(f"a{payload}b"), "a")
    result = run("generate", "--project", str(project(tmp_path, schema=text)))
    assert result.status == 3
    assert "actors.yaml:2:" in result.errors
    assert not (tmp_path / "src").exists()


@pytest.mark.parametrize("tree", ["tests/golden", "examples/chat"])
def test_committed_output_holds_nothing_but_what_is_allowed(tree: str) -> None:
    emitted = [
        path
        for path in (ROOT / tree).rglob("*.py")
        if "expected" in path.parts
        or "_generated" in path.parts
        or "clients" in path.parts
    ]
    assert len(emitted) > 20
    for path in emitted:
        assert complaints(path) == [], path


@pytest.mark.parametrize(
    "source",
    [
        "exec('x')",
        "import os",
        "from os import path",
        "x = eval('1')",
        "f = f'{1}'",
        "x = getattr(a, 'b')",
        "while True: pass",
        "print('x')",
        "del x",
    ],
)
def test_the_allow_list_finds_what_is_not_on_it(source: str) -> None:
    assert complaints_about(source) != []
