"""Pictures: written anew from their pixels alone, and a small one for pages. Runs in a process of ``opener`` only."""

import io
from contextlib import suppress
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from shared.files.accepted import GIF, JPEG, PNG, WEBP

FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", GIF: "GIF"}
LARGEST_SIDE = 4096
"""Pixels; a larger picture becomes smaller. A page of A4 still has 350 dots per inch."""
MOST_PIXELS = {JPEG: 120_000_000}
"""JPEG is decoded at a fraction of its size. Everything else has as many as DECODED."""
DECODED = 25_000_000
PREVIEW_SIDE = 480


class TooManyPixels(Exception):
    """By what the head of the file says: nothing was decoded."""


def rewrite(source: BinaryIO, media_type: str, kept: BinaryIO, preview: BinaryIO) -> None:
    """Write the picture without anything but its pixels to ``kept``, and a small WebP to ``preview``.

    Place and time of the shot, names, comments and appended bytes are gone. Of an animation the first picture stays.
    Raises OSError or ValueError for what is no such picture, and TooManyPixels.
    """
    Image.MAX_IMAGE_PIXELS = None  # the rules here are stricter
    form = FORMATS[media_type]
    with Image.open(source, formats=[form]) as opened:
        if opened.width * opened.height > MOST_PIXELS.get(media_type, DECODED):
            raise TooManyPixels
        pixels = _decoded(opened)
    pixels = _bare(pixels, media_type)
    options = {"quality": 88} if media_type in (JPEG, WEBP) else {}
    pixels.save(kept, form, **options)
    pixels = pixels.convert("RGBA" if pixels.has_transparency_data else "RGB")
    pixels.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    pixels.save(preview, "WEBP", quality=75)


def _decoded(opened: Image.Image) -> Image.Image:
    """The pixels as they are to be seen: turned as the camera says, and in the colours of the web."""
    if max(opened.size) > LARGEST_SIDE:
        opened.thumbnail((LARGEST_SIDE, LARGEST_SIDE), reducing_gap=1.0)  # a JPEG is decoded at half its size or less
    if opened.width * opened.height > DECODED:
        raise TooManyPixels
    opened.load()
    ImageOps.exif_transpose(opened, in_place=True)
    if (profile := opened.info.get("icc_profile")) and opened.mode in ("RGB", "CMYK"):
        with suppress(ImageCms.PyCMSError, OSError):
            wide = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(opened, wide, ImageCms.createProfile("sRGB"), outputMode="RGB") or opened
    return opened


def _bare(pixels: Image.Image, media_type: str) -> Image.Image:
    """A picture that has nothing but pixels."""
    if media_type == JPEG:
        mode = "L" if pixels.mode in ("1", "L", "LA") else "RGB"
    else:
        mode = "RGBA" if pixels.has_transparency_data else "L" if pixels.mode in ("1", "L") else "RGB"
    bare = pixels.convert(mode)
    bare.info.clear()
    return bare


NO_PICTURE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for a file that is not what it seems."""
