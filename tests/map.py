"""The README's map, made from the first docstring line of every module: ``python -m tests.map`` writes it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("geo", "streams", "app")
BEGIN, END = "<!-- map: made by `make map` -->", "<!-- /map -->"


def sources() -> list[Path]:
    """Every source file of the three packages, relative to the root, in the order of the tree."""
    return sorted(path.relative_to(ROOT) for name in PACKAGES for path in (ROOT / name).rglob("*.py"))


def caption(path: Path) -> str:
    """The first line of the module's docstring."""
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    if not docstring:
        raise ValueError(f"{path} has no caption: its first docstring line should say what it is")
    return docstring.splitlines()[0].rstrip(".")


def drawn() -> str:
    """The map as it stands in the README: a block of text, a file a line, packages as headings."""
    lines = ["```"]
    for package in PACKAGES:
        for path in [p for p in sources() if p.parts[0] == package]:
            depth = len(path.parts) - 1
            if path.name == "__init__.py":
                name, depth = path.parent.name + "/", depth - 1
            else:
                name = path.name
            lines.append(f"{'  ' * depth + name:<32} {caption(path)}".rstrip())
        lines.append("")
    lines[-1] = "```"
    return "\n".join(lines)


def in_readme() -> str:
    """What stands between the marks in the README now."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.split(BEGIN, 1)[1].split(END, 1)[0].strip()


def write() -> None:
    """Puts the map of now into the README."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    readme.write_text(f"{head}{BEGIN}\n{drawn()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    write()
