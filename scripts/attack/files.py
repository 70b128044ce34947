"""Bad files, sent through the form as a browser without scripts sends them, with the peak of the memory they cost."""

import asyncio
import os
import re
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

from scripts import nasty
from scripts.attack.target import Target
from scripts.browser import Browser

LARGEST = 10 * 1024 * 1024
Made = Callable[[], tuple[str, bytes]]
NASTY: dict[str, Made] = {
    "empty": lambda: ("a.pdf", b""),
    "a program": lambda: ("a.exe", nasty.PROGRAM),
    "a program called PDF": lambda: ("a.pdf", nasty.PROGRAM),
    "11 MB": lambda: ("a.pdf", b"%PDF-1.4" + bytes(11 * 1024 * 1024)),
    "SVG with a script": lambda: ("a.svg", nasty.SVG),
    "SVG called PNG": lambda: ("a.png", nasty.SVG),
    "HTML": lambda: ("a.html", nasty.HTML),
    "zip": lambda: ("a.zip", nasty.archive({"a": b"a"})),
    "zip bomb": lambda: ("a.docx", nasty.bomb()),
    "zip bomb that lies": lambda: ("a.docx", nasty.lying_bomb()),
    "billion laughs": lambda: ("a.docx", nasty.laughs()),
    "macros": lambda: ("a.docx", nasty.docx({"word/vbaProject.bin": b"x"})),
    "../ in the archive": lambda: ("a.docx", nasty.docx({"../../a": b"x"})),
    "../ in the name": lambda: ("../../a\u202efdp.txt", b"a"),
    "50,000 × 50,000 pixels": lambda: ("a.png", nasty.huge_png()),
    "24 million pixels": lambda: ("a.png", nasty.picture("PNG", (6000, 4000))),
    "100 million pixels of JPEG": lambda: ("a.jpg", nasty.picture("JPEG", (10_000, 10_000))),
    "JPEG and archive in one": lambda: ("a.jpg", nasty.polyglot()),
    "HTML before a PDF": lambda: ("a.pdf", nasty.HTML + nasty.pdf()),
    "half a picture": lambda: ("a.jpg", nasty.picture()[:3000]),
    "EICAR": lambda: ("a.txt", nasty.EICAR),
    "EICAR in an archive in a document": lambda: ("a.docx", nasty.docx({"a.zip": nasty.archive({"a": nasty.EICAR})})),
    "10 MB of text": lambda: ("a.txt", (b"a" * 99 + b"\n") * (LARGEST // 100)),
    "10 MB of PDF": lambda: ("a.pdf", nasty.large_pdf(LARGEST)),
}


async def bad_files(target: Target) -> str:
    """Bad files and the largest good ones, one at a time"""
    intake = target.visitor("intake")
    await _sent(intake, "a.txt", b"first")  # loads what is loaded once
    for name, made in NASTY.items():
        file, content = await asyncio.to_thread(made)
        pid = target.services["intake"].pid
        before, began = _resident(pid), time.perf_counter()
        watching = asyncio.create_task(_peaks(pid))
        said = await _sent(intake, file, content)
        watching.cancel()
        own, opened = await watching
        took = time.perf_counter() - began
        cost = f"service +{own - before:.1f} MB, opened in {opened:.0f} MB, {took:.2f} s"
        print(f"|   {name} | {said} | {cost} |", flush=True)
    return f"{await _parts(intake)}; the intake has {target.memory('intake'):.0f} MB"


async def _sent(intake: Browser, name: str, content: bytes) -> str:
    await intake.open("/?lang=en")
    fields = intake.form("/").fields
    own: dict[str, Any] = {"csrf": fields["csrf"], "once": fields["once"], "subject": "", "text": "kept"}
    answer = await intake.client.post("/", data=own, files={"files": (name, content)}, timeout=120)
    kept = ", the text is kept" if ">\nkept<" in answer.text else ""
    error = re.search(r'id="files-error".*?</span> (.*?)</span>', answer.text, re.DOTALL)
    return f"{answer.status_code}: {unescape(error[1]) if error else 'accepted'}{kept}"


async def _parts(intake: Browser) -> str:
    parts = [("files", ("a.txt", b"x"))] * 10_000
    answer = await intake.client.post("/", files=[("text", (None, b"kept")), *parts], timeout=120)
    return f"10,000 parts: {answer.status_code}"


async def _peaks(pid: int) -> tuple[float, float]:
    """The most memory of the service, and of one process that opens files, until it is cancelled. In MB."""
    own = opened = 0.0
    try:
        while True:
            for process in _family(pid):
                size = _resident(process)
                own, opened = (max(own, size), opened) if process == pid else (own, max(opened, size))
            await asyncio.sleep(0.005)
    except asyncio.CancelledError:
        return own, opened


def _family(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return [pid, *(process for child in children for process in _family(child))]


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0
