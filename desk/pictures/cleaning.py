"""Makes a safe picture of the bytes that a stranger has sent: read whole, written anew, nothing else kept."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Literal
from uuid import UUID

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_BYTES = 10 * 1024 * 1024
# JPEGs are read at a fraction of their size, the others whole: some hundred megabytes at this limit.
MAX_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
# The longer side, in pixels, of what is kept: the small print of a photographed paper can be read.
LARGEST_SIDE = 2560
THUMBNAIL_SIDE = 480
# The only type that is stored and served.
MEDIA_TYPE = "image/jpeg"

# A progressive JPEG has some ten; each one is a pass over the whole picture.
_MOST_SCANS = 100
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})

Fault = Literal["picture_format", "picture_heic", "picture_broken", "picture_pixels"]


class PictureRefused(Exception):
    """The bytes are no picture that can be taken; `fault` is the text for the patient."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Picture:
    """A cleaned picture: JPEGs without metadata, upright. `width` and `height` are those of `content`."""

    id: UUID
    content: bytes
    thumbnail: bytes
    width: int
    height: int


def clean(data: bytes, picture_id: UUID) -> Picture:
    """The picture in `data`: JPEG, PNG or WebP of at most its MAX_PIXELS, of which the first frame counts.

    Takes up to seconds and hundreds of megabytes: run it in a thread, one at a time. Raises PictureRefused.
    """
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise PictureRefused("picture_heic")
    try:
        image = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    except UnidentifiedImageError:
        raise PictureRefused("picture_format") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused("picture_pixels") from None
    except Exception:
        # Decoders of strangers' bytes raise whatever they stumble over.
        raise PictureRefused("picture_broken") from None
    with image:
        # Up to here only the header was read.
        if image.width * image.height > MAX_PIXELS[image.format or ""]:
            raise PictureRefused("picture_pixels")
        if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > _MOST_SCANS:
            raise PictureRefused("picture_broken")
        try:
            kept = _plain(image)
        except Exception:
            raise PictureRefused("picture_broken") from None
    thumbnail = kept.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(picture_id, _jpeg(kept, 88), _jpeg(thumbnail, 80), kept.width, kept.height)


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone: upright, on white, not larger than is kept, without metadata of any kind."""
    largest = (LARGEST_SIDE, LARGEST_SIDE)
    image.draft("RGB", largest)
    image.load()
    if image.mode.startswith("I"):
        # Sixteen bits of grey, as scanners write them: a plain conversion would make all of it white.
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail(largest)
    coloured = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain = Image.new("RGB", coloured.size, "white")
    plain.paste(coloured, mask=coloured if coloured.mode == "RGBA" else None)
    return plain


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
