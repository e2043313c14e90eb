"""What a document claims is so: commands, files, links, targets of make, rooms."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").glob("*.md"))]
OURS = ("benchmarks.", "tests.", "docs.", "deploy.")
ROOMS = sorted(path.name for path in (ROOT / "emotion").iterdir() if (path / "__init__.py").exists())
EXECUTABLE = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?(emotion|make|python|ray) ")
FENCED = r"^(?P<fence>`{3,})[^\n]*\n(?P<fenced>.*?)^(?P=fence)"
CODE = re.compile(FENCED + r"|(?P<indented>(?:^ {4,}\S[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"(?:emotion|docs|tests|jobs|tune|serve|configs|benchmarks|deploy)/[\w./*-]+|cluster\.yaml|Makefile")
ENDS = {"|", "||", "&&", ";", ">", ">>", "<", "2>", "&", "|&"}


def page_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def shell_lines(text: str) -> Iterator[str]:
    """Lines of code blocks and code spans that begin with a command we know, joined where they end in a backslash."""
    blocks = [match["fenced"] or match["indented"] for match in CODE.finditer(text)]
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", CODE.sub("", text))
    for block in [*blocks, *spans]:
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            for piece in re.split(r"(?<=\s)\|\s|&&|;", line):
                if EXECUTABLE.match(piece.strip() + " "):
                    yield piece.strip().removeprefix("$ ").removeprefix(".venv/bin/")


def words(line: str) -> list[str]:
    """The words of one simple command: no comment, no redirection."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[str] = []
    for word in lexer:
        if word in ENDS:
            break
        found.append(word)
    return found


def claims(program: str) -> list[Any]:
    """(page, words) of every command line of a program that any page holds."""
    return [
        pytest.param(words(line), id=f"{page_name(page)}: {line}")
        for page in PAGES
        if page.exists()
        for line in shell_lines(page.read_text(encoding="utf-8"))
        if line.split()[0] == program
    ]


def commands() -> dict[str, Any]:
    import typer

    from emotion.cli import app

    group: Any = typer.main.get_command(app)
    found: dict[str, Any] = group.commands
    return found


def parse(command: Any, arguments: list[str]) -> None:
    """Fail where the command line would refuse these arguments; nothing is run."""
    with command.make_context(command.name, list(arguments)):
        pass


@pytest.mark.parametrize("line", claims("emotion"))
def test_a_command_in_a_document_is_one_we_have(line: list[str]) -> None:
    arguments = line[1:]
    known = commands()
    if not arguments or arguments[0] in ("--help", "--version", "…"):
        return
    assert arguments[0] in known
    if arguments[1:] not in ([], ["--help"], ["…"]):  # more than the command's name
        parse(known[arguments[0]], arguments[1:])


@pytest.mark.parametrize("line", claims("make"))
def test_a_target_in_a_document_is_in_the_makefile(line: list[str]) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [word for word in line[1:] if "=" not in word]
    assert named
    assert set(named) <= targets


@pytest.mark.parametrize("line", claims("python"))
def test_a_script_in_a_document_is_there(line: list[str]) -> None:
    scripts = [word for word in line if re.fullmatch(r"[\w/]+/\w+\.py", word)]
    scripts += [f"{line[2].replace('.', '/')}.py"] if line[1:2] == ["-m"] and line[2].startswith(OURS) else []
    assert [script for script in scripts if not (ROOT / script).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=page_name)
def test_a_file_named_in_a_document_is_there(page: Path) -> None:
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", page.read_text(encoding="utf-8"))
    paths = [span for span in spans if PATH.fullmatch(span)]
    assert [path for path in paths if not any(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=page_name)
def test_a_link_between_documents_leads_somewhere(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    for target in targets:
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_pages_a_house_has_are_there() -> None:
    assert [page_name(page) for page in PAGES if not page.exists() or not page.read_text().strip()] == []


def test_every_command_is_documented_and_shows_an_example() -> None:
    prose = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.exists())
    for name, command in commands().items():
        assert re.search(rf"\bemotion {name}\b", prose), f"no document speaks of emotion {name}"
        assert command.help, f"emotion {name} says nothing of itself"
        assert f"emotion {name}" in (command.epilog or ""), f"emotion {name} --help shows no example"


def test_the_examples_of_help_are_commands_we_have() -> None:
    known = commands()
    for name, command in known.items():
        for example in re.findall(rf"(?:^|\| )\s*(emotion {name}\b[^\n|]*)", command.epilog or "", re.MULTILINE):
            parse(command, words(example.replace("\\[", "["))[2:])


@pytest.mark.parametrize("room", [*ROOMS, "jobs", "serve", "tune", "configs", "benchmarks", "deploy", "tests", "docs"])
def test_the_architecture_shows_every_room(room: str) -> None:
    assert f"{room}/" in (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def test_every_page_of_docs_is_reached_from_the_readme_or_the_architecture() -> None:
    start = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/architecture.md"))
    assert [page.name for page in sorted((ROOT / "docs").glob("*.md")) if f"{page.name})" not in start] == []


def test_the_changelog_speaks_of_this_version() -> None:
    from emotion import __version__

    assert re.search(rf"^## {re.escape(__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()
