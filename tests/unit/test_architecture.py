"""Rules about the code that no tool knows. The arrows between modules are contracts in pyproject.toml (`make lint`)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("pwp", "partners", "events", "matching")
SOURCES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
WRITES_STATES = ROOT / "pwp" / "states.py"


def writes_of_state(tree: ast.AST) -> Iterator[int]:
    """Lines that set `.state` on something, or update it in the database."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_is_state(target) for target in targets):
                yield node.lineno
        if isinstance(node, ast.Call) and _updates_state(node):
            yield node.lineno


def _is_state(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return any(map(_is_state, target.elts))
    return isinstance(target, ast.Attribute) and target.attr == "state"


def _updates_state(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = {arg.value for arg in ast.walk(call) if isinstance(arg, ast.Constant)}
    if name == "update":
        return any(keyword.arg == "state" for keyword in call.keywords)
    return name in ("bulk_update", "setattr", "update_or_create") and "state" in words


@pytest.mark.parametrize(
    "code",
    [
        "row.state = 'sent'",
        "a, row.state = 1, 'sent'",
        "row.state: str = 'sent'",
        "rows.filter(pk=1).update(state='sent')",
        "setattr(row, 'state', 'sent')",
        "Row.objects.bulk_update(rows, ['state'])",
    ],
)
def test_the_rule_sees_every_way_to_write_a_state(code: str) -> None:
    assert list(writes_of_state(ast.parse(code))) == [1]


def test_one_function_in_the_project_writes_states() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        if path != WRITES_STATES
        for line in writes_of_state(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def test_a_task_is_one_call() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {function.name}"
        for path in SOURCES
        if path.name == "tasks.py"
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and len(function.body) != 1
    ]

    assert long == []


def test_the_engine_knows_no_clock_and_no_chance() -> None:
    forbidden = {"time", "datetime", "random", "secrets", "uuid", "os"}
    found = [
        f"{path.name}: {name}"
        for path in SOURCES
        if path.parent == ROOT / "matching" / "engine"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
        if name.split(".")[0] in forbidden or name.startswith("numpy.random")
    ]

    assert found == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
