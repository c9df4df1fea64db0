"""Pictures as small as their header and end allow, for tests of what reads no pixel."""

import base64
import struct
import zlib

AVIF = base64.b64decode(
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAAD1bWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcG"
    "l0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAEdAAAAKQAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAAB0"
    "aXBycAAAAFRpcGNvAAAAFGlzcGUAAAAAAAAAPAAAACgAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAAA"
    "lpcm90AwAAABhpcG1hAAAAAAAAAAEAAQUBAoMEhQAAADFtZGF0EgAKCRgVe52iAhoNCDIaHEeHhd3TTTTCwBQAz8opx2duKuyb7rYsA7w="
)
"""An AVIF of 60 x 40 as stored, which lies on its side."""


def png(width, height, *, orientation=1, end=True):
    """A PNG of that size as stored, turned by its EXIF data."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [
        (b"IHDR", head),
        (b"eXIf", exif(orientation)),
        (b"IDAT", zlib.compress(b"\0")),
        *([(b"IEND", b"")] if end else []),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def exif(orientation):
    """EXIF data that state nothing else."""
    return b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + b"\0\0\0\0"


def jpeg(width, height, *, orientation=1, end=True):
    """A JPEG of that size as stored, turned by its EXIF data."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"
    parts = b"".join(
        b"\xff" + mark + struct.pack(">H", len(data) + 2) + data
        for mark, data in (
            (b"\xe1", b"Exif\0\0" + exif(orientation)),
            (b"\xc0", frame),
            (b"\xda", b"\x01\x01\0\0\x3f\0"),
        )
    )
    return b"\xff\xd8" + parts + b"\x12\x34" * 8 + (b"\xff\xd9" if end else b"")


def gif(width, height, *, end=True):
    """A GIF of that size."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2\0"
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0" + frame + (b";" if end else b"")


def webp(width, height, *, end=True):
    """A lossless WebP of that size."""
    bits = (width - 1) | (height - 1) << 14
    data = b"WEBPVP8L" + struct.pack("<I", 6) + b"\x2f" + struct.pack("<I", bits) + b"\0"
    return b"RIFF" + struct.pack("<I", len(data)) + (data if end else data[:-1])


def tiff(width, height):
    """A TIFF of that size."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in ((256, width), (257, height)))
    return b"II*\0\x08\0\0\0\x02\0" + entries + b"\0\0\0\0"
