"""The province on A0 and a county on A3: ``python -m bench.walls '{}'``; seconds, memory, and how many names found a place.

The campaign is made and kept aside first; what is measured is a process that has it in memory and nothing else.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.chain import Stages
from bench.meters import peak_mb

SHEETS = (("province", "", "A0"), ("county", "520321", "A3"))


def make(path: Path) -> None:
    """Write the campaign of a province to a file."""
    from bench.maps_campaign import shown_province
    from bench.provinces import a_province_to_draw

    path.write_bytes(pickle.dumps(shown_province(a_province_to_draw(), path.parent)))


def measure(path: Path) -> dict[str, Any]:
    """Draw each sheet and write it as PDF and PNG; kernels are loaded from their cache, as on any day but the first."""
    with path.open("rb") as file:
        shown = pickle.load(file)
    loaded = peak_mb()
    return {
        "loaded_mb": round(loaded, 1),
        "villages": len(shown.plan.villages),
        "spans": len(shown.plan.spans),
        "sheets": [sheet(shown, path.parent, *one) for one in SHEETS],
    }


def sheet(shown: Any, folder: Path, name: str, unit: str, paper: str) -> dict[str, Any]:
    """Measure one sheet, and count its names."""
    from cuntong_gis.maps.wall.door import draw_sheets
    from cuntong_gis.maps.wall.ink import write_sheets
    from cuntong_gis.maps.wall.keys import Imprint
    from cuntong_gis.maps.wall.paper import paper_named
    from cuntong_gis.maps.wall.scene import scene_of

    stages = Stages()
    scene = stages.run("read", lambda: scene_of(shown, unit, "wall"))
    (drawn,) = stages.run(
        "place names, draw", lambda: draw_sheets(scene, paper_named(paper), None, Imprint("", "", "", "1"))
    )
    (pdf,) = stages.run("write PDF", lambda: write_sheets([drawn.ink], folder / name, "pdf"))
    cpu, wall = (round(sum(row[name] for row in stages.rows), 2) for name in ("cpu_s", "wall_s"))
    peak = peak_mb()
    (png,) = stages.run("write PNG", lambda: write_sheets([drawn.ink], folder / name, "png"))
    villages = next(names for names in drawn.naming.names if names.kind == "village")
    return {
        "name": name, "paper": paper, "scale": drawn.frame.denominator,
        "pdf_cpu_s": cpu, "pdf_wall_s": wall, "peak_mb": round(peak, 1), "pdf_mb": round(pdf.stat().st_size / 1e6, 2), "png_mb": round(png.stat().st_size / 1e6, 2),
        "names": len(villages.texts), "share": round(villages.share, 4), "size_pt": villages.size_pt,
        "index": len(drawn.naming.index), "left_out": sorted(drawn.naming.left_out), "stages": stages.rows,
    }  # fmt: skip


def section(row: dict[str, Any]) -> list[str]:
    """Return the part of RESULTS.md."""
    head = "## Wall maps\n"
    if "error" in row:
        return [head, f"Failed: {row['error']}\n"]
    lines = [
        "| sheet | scale | CPU s to the PDF | wall s | peak MB | PDF MB | villages' names set | at pt | in the index |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in row["sheets"]:
        lines.append(
            f"| {one['name']} on {one['paper']} | 1:{one['scale']:,} | {one['pdf_cpu_s']:.1f} | {one['pdf_wall_s']:.1f} | "
            f"{one['peak_mb']:,.0f} | {one['pdf_mb']:.1f} | {100 * one['share']:.1f} % of {one['names']:,} | "
            f"{one['size_pt']:g} | {one['index']:,} |"
        )
    stages = ["| sheet | stage | CPU s | wall s | peak MB |", "| --- | --- | --- | --- | --- |"]
    for one in row["sheets"]:
        stages += [
            f"| {one['name']} on {one['paper']} | {s['stage']} | {s['cpu_s']:.2f} | {s['wall_s']:.2f} | {s['peak_mb']:,.0f} |"
            for s in one["stages"]
        ]
    return [
        head,
        f"A province of {row['villages']:,} villages and {row['spans']:,} spans in the ninth month of its campaign; peak memory of the "
        f"process, {row['loaded_mb']:,.0f} MB of it for the campaign before it begins. Goals on A0: at most 60 s and 1,500 MB, at least "
        "90 % of the villages' names set at 4 pt or larger, the rest in the index on the sheet.\n",
        "\n".join(lines) + "\n",
        "\n".join(stages) + "\n",
    ]


def main(asked: dict[str, Any]) -> None:
    """Make the campaign in a process of its own, so that its memory is not counted; then measure."""
    if "path" in asked:
        make(Path(asked["path"]))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "campaign.pickle"
        subprocess.run([sys.executable, "-m", "bench.walls", json.dumps({"path": str(path)})], check=True)
        sys.stdout.write(json.dumps(measure(path)) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
