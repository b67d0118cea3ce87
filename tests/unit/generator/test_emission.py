"""Only code reaches a file."""

from __future__ import annotations

import pytest

from rivetgen.emission import (
    TEMPLATES,
    Code,
    code,
    environment,
    guard,
    indent,
    join,
    render,
)
from rivetgen.errors import EmissionError

# Every way in which a Jinja template can put a value into its output.
FORMS = {
    "expression": "{{ value }}",
    "filter": "{{ value | upper }}",
    "built-in join": "{{ [value] | map('upper') | list }}",
    "concatenation": "{{ value ~ '' }}",
    "addition": "{{ value + '' }}",
    "formatting": "{{ '%s' | format(value) }}",
    "conditional expression": "{{ value if true else value }}",
    "loop": "{% for item in [value] %}{{ item }}{% endfor %}",
    "set": "{% set other = value %}{{ other }}",
    "macro": "{% macro call() %}{{ value }}{% endmacro %}{{ call() }}",
    "set block": "{% set block %}{{ value }}{% endset %}{{ block }}",
    "filter block": "{% filter upper %}{{ value }}{% endfilter %}",
    "attribute": "{{ value.__class__ }}",
    "number": "{{ 1 }}",
    "constant": "{{ 'text' }}",
    "none": "{{ none }}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_no_template_form_emits_plain_text(form: str) -> None:
    template = environment().from_string(form)
    with pytest.raises(EmissionError):
        template.render(value="plain")


def test_a_template_emits_code() -> None:
    assert (
        environment().from_string("a = {{ value }}").render(value=Code("1")) == "a = 1"
    )


def test_an_undefined_name_is_an_error() -> None:
    with pytest.raises(EmissionError):
        environment().from_string("{{ nothing }}").render()


def test_values_are_never_template_source() -> None:
    text = environment().from_string("{{ value }}").render(value=Code("{{ 7 * 7 }}"))
    assert text == "{{ 7 * 7 }}"


def test_our_filters_give_code() -> None:
    template = environment().from_string(
        '{{ parts | join(", ") }}\n{{ body | indent }}'
    )
    text = template.render(parts=[Code("a"), Code("b")], body=Code("c\n\nd"))
    assert text == "a, b\n    c\n\n    d"


def test_plain_text_is_no_part_of_a_pattern() -> None:
    with pytest.raises(EmissionError):
        code("{} = 1", "name")  # type: ignore[arg-type]  # what checkers refuse, too


def test_patterns_and_joins_give_code() -> None:
    assert isinstance(guard(code("{} = {}", Code("a"), Code("1"))), Code)
    assert isinstance(join([Code("a")], ", "), Code)
    assert indent(Code("a\nb"), 2) == "        a\n        b"


def test_templates_are_small() -> None:
    lengths = sorted(
        len(path.read_text().splitlines()) for path in TEMPLATES.rglob("*.jinja")
    )
    assert lengths[len(lengths) // 2] <= 30
    assert lengths[-1] <= 60


def test_an_unknown_template_value_stops_rendering() -> None:
    with pytest.raises(EmissionError):
        render("python_server/main.jinja")
