"""What becomes of a stranger's bytes: only pixels are kept, and what is no picture is refused by name."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from desk.pictures.cleaning import LARGEST_SIDE, THUMBNAIL_SIDE, PictureRefused, clean
from tests.desk.pictures import photo

SECRET = b"55.751244, 37.618423"


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(BytesIO(jpeg))
    image.load()
    return image


def fault_of(data: bytes) -> str:
    with pytest.raises(PictureRefused) as refused:
        clean(data, uuid4())
    return refused.value.fault


def png_header(width: int, height: int) -> bytes:
    """A PNG of that size, as it says, with one byte of pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_each_accepted_form_becomes_two_plain_jpegs(form):
    picture = clean(photo(form, size=(900, 600)), uuid4())
    assert (picture.width, picture.height) == (900, 600)
    whole, small = opened(picture.content), opened(picture.thumbnail)
    assert (whole.format, whole.size) == ("JPEG", (900, 600))
    assert (small.format, small.size) == ("JPEG", (THUMBNAIL_SIDE, 320))


def test_where_and_with_what_it_was_taken_is_not_kept():
    exif = Image.Exif()
    exif[0x010F] = "Camera of the patient"
    exif.get_ifd(0x8825)[1] = "N"
    taken = photo("JPEG", exif=exif.tobytes(), comment=SECRET, icc_profile=b"profile " + SECRET)
    assert SECRET in taken and b"Camera of the patient" in taken
    picture = clean(taken, uuid4())
    for jpeg in (picture.content, picture.thumbnail):
        image = opened(jpeg)
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert SECRET not in jpeg


def test_what_a_png_says_in_words_is_not_kept():
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Comment", SECRET.decode())
    assert SECRET not in clean(photo("PNG", pnginfo=words), uuid4()).content


def test_a_picture_lying_on_its_side_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = clean(photo("JPEG", size=(400, 200), exif=exif.tobytes()), uuid4())
    assert (picture.width, picture.height) == (200, 400)


def test_what_is_transparent_becomes_white():
    out = BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(out, "PNG")
    assert opened(clean(out.getvalue(), uuid4()).content).getpixel((25, 25)) == (255, 255, 255)


def test_sixteen_bits_of_grey_stay_grey():
    out = BytesIO()
    Image.new("I;16", (50, 50), 0x8000).save(out, "PNG")
    assert opened(clean(out.getvalue(), uuid4()).content).getpixel((25, 25)) == (128, 128, 128)


def test_a_large_photo_is_kept_smaller():
    picture = clean(photo("JPEG", size=(4000, 3000)), uuid4())
    assert (picture.width, picture.height) == (LARGEST_SIDE, LARGEST_SIDE * 3 // 4)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "picture_format"),
        (b"%PDF-1.7 not a picture", "picture_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "picture_format"),
        (b"GIF89a" + bytes(40), "picture_format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "picture_heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "picture_heic"),
        (photo("JPEG")[:400], "picture_broken"),
        (photo("PNG")[:200], "picture_broken"),
        (photo("JPEG") + b"\xff\xda" * 200, "picture_broken"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(data, fault):
    assert fault_of(data) == fault


@pytest.mark.parametrize("size", [(5001, 5000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_by_its_header(size):
    assert fault_of(png_header(*size)) == "picture_pixels"


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x20\0\0\0WEBP"]),
)
def test_whatever_comes_it_is_refused_and_nothing_else_is_raised(rest, start):
    fault_of(start + rest)
