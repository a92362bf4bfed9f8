"""What the READMEs say is so: commands, options, the Python flow, the settings they print."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import run_cuntong

from cuntong_gis.cli import build_app
from cuntong_gis.settings import settings_from

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh-CN.md")


def commands() -> list[str]:
    group = typer.main.get_command(build_app("en"))
    names = []
    for name, command in group.commands.items():
        names.append(name)
        names += [f"{name} {sub}" for sub in getattr(command, "commands", {})]
    return names


@pytest.mark.parametrize("readme", READMES)
def test_every_command_is_documented_and_every_documented_command_exists(readme):
    text = (ROOT / readme).read_text("utf-8")
    rows = re.findall(r"^\| `cuntong ([^`]*)`", text, re.M)
    for name in commands():
        assert any(row == name or row.startswith(f"{name} ") for row in rows), name
    for row in rows:
        assert row.split()[0] in commands(), row


@pytest.mark.parametrize("readme", READMES)
def test_what_a_readme_links_is_there(readme):
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / readme).read_text("utf-8")):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("readme", READMES)
def test_the_python_flow_runs_as_printed(readme, tmp_path, monkeypatch, capsys):
    assert run_cuntong("init", str(tmp_path / "w")).returncode == 0
    (tmp_path / "w" / "cuntong.toml").write_bytes((ROOT / "cuntong.toml").read_bytes())
    for file in (ROOT / "layers").iterdir():
        (tmp_path / "w" / "layers" / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path / "w")
    code = re.search(r"```python\n(.*?)```", (ROOT / readme).read_text("utf-8"), re.S).group(1)
    exec(compile(code, readme, "exec"), {})
    assert re.match(r"\d+\.\d\d \d", capsys.readouterr().out)
    assert (tmp_path / "w" / "maps_out" / "route_map.html").exists()


@pytest.mark.parametrize("name", ["zh", "en"])
def test_the_settings_of_an_empty_workspace_are_valid_even_uncommented(name):
    text = (ROOT / "cuntong_gis" / "data" / f"cuntong.{name}.toml").read_text("utf-8")
    assert settings_from(tomllib.loads(text)).campaign.name
    assert settings_from(tomllib.loads(re.sub(r"^# (?=\w+ = )", "", text, flags=re.M))).campaign.deadline


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_the_notebooks_run_and_keep_no_output(path, tmp_path, monkeypatch):
    cells = [c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    assert all(not c["outputs"] and c["execution_count"] is None for c in cells)
    (tmp_path / "layers").mkdir()
    (tmp_path / "cuntong.toml").write_bytes((ROOT / "cuntong.toml").read_bytes())
    for file in (ROOT / "layers").iterdir():
        (tmp_path / "layers" / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    scope: dict[str, Any] = {}
    for cell in cells:
        exec(compile("".join(cell["source"]), path.name, "exec"), scope)
    if "plan" in scope:
        assert scope["plan"].totals.reached == 126
    if path.stem == "05_maps":
        assert (tmp_path / "maps_out" / "route_map.html").exists()
