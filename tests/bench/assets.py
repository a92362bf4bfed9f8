"""Outside assets of the peers' pages, held as npm packages, so that pages can be answered with the network off."""

from __future__ import annotations

import functools
import mimetypes
import shutil
import subprocess
import tarfile

from bench.instances import KEPT

FOLDER = KEPT / "npm"
"""Where the packages are kept as the registry gives them."""

PACKAGES = (
    "leaflet@1.9.3", "jquery@3.7.1", "bootstrap@5.2.2", "@fortawesome/fontawesome-free@6.2.0", "leaflet.vectorgrid@1.3.0",
    "drmonty-leaflet-awesome-markers@2.0.2", "glyphicons-only-bootstrap@1.0.1",
)  # fmt: skip

PLACES = (
    ("https://cdn.jsdelivr.net/npm/leaflet@1.9.3/", "leaflet@1.9.3", ""),
    ("https://code.jquery.com/jquery-3.7.1.", "jquery@3.7.1", "dist/jquery."),
    ("https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/", "bootstrap@5.2.2", ""),
    ("https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@6.2.0/", "@fortawesome/fontawesome-free@6.2.0", ""),
    ("https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js",
     "drmonty-leaflet-awesome-markers@2.0.2", "js/leaflet.awesome-markers.js"),
    ("https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/",
     "drmonty-leaflet-awesome-markers@2.0.2", "css/"),
    ("https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css",
     "glyphicons-only-bootstrap@1.0.1", "css/bootstrap.min.css"),
    ("https://netdna.bootstrapcdn.com/bootstrap/3.0.0/fonts/", "glyphicons-only-bootstrap@1.0.1", "fonts/"),
    ("https://unpkg.com/leaflet.vectorgrid@1.3.0/", "leaflet.vectorgrid@1.3.0", ""),
)  # fmt: skip
"""Beginning of an address, the package that stands in for it, and the beginning of the file's name in that package."""


def _archive(package: str) -> str:
    return package.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz"


def lacking() -> list[str]:
    """Return the packages that are not kept yet."""
    return [package for package in PACKAGES if not (FOLDER / _archive(package)).exists()]


def fetch() -> str:
    """Fetch the packages that are not kept yet; return what went wrong, or nothing."""
    wanted = lacking()
    if not wanted:
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is absent, the pages that need outside assets are skipped: sudo apt-get install -y npm"
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([npm, "pack", "--silent", *wanted], cwd=FOLDER, capture_output=True, text=True)
    if lacking():
        return f"not fetched: {', '.join(lacking())}: {done.stderr.strip().splitlines()[-1:]}"
    return ""


def answer(url: str) -> tuple[bytes, str] | None:
    """Return the content and the media type of an address, or None when nothing held stands in for it."""
    bare = url.split("?")[0].split("#")[0]
    for begins, package, inside in PLACES:
        if bare.startswith(begins):
            name = inside + bare[len(begins) :]
            content = _files(package).get(name)
            return None if content is None else (content, mimetypes.guess_type(name)[0] or "application/octet-stream")
    return None


@functools.cache
def _files(package: str) -> dict[str, bytes]:
    """Return the files of a kept package by name; none when it is not kept."""
    path = FOLDER / _archive(package)
    if not path.exists():
        return {}
    with tarfile.open(path) as archive:
        held = {m.name.split("/", 1)[1]: archive.extractfile(m) for m in archive.getmembers() if m.isfile()}
        return {name: file.read() for name, file in held.items() if file is not None}
