import re
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs/engine.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_example_of_the_page_runs_top_to_bottom():
    text = PAGE.read_text(encoding="utf-8")
    names = {}
    blocks = list(BLOCK.finditer(text))

    for block in blocks:
        line = text[: block.start(1)].count("\n")
        code = compile("\n" * line + block.group(1), str(PAGE), "exec")  # so that an error names the page's own line
        exec(code, names)  # noqa: S102  our own page

    assert len(blocks) == text.count("\n## ") == 10
