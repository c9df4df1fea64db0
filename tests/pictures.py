"""Pictures as small as their header and end allow, for tests of what reads no pixel."""

import struct
import zlib


def png(width, height, *, end=True):
    """A PNG of that size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0")), *([(b"IEND", b"")] if end else [])]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg(width, height, *, orientation=1, end=True):
    """A JPEG of that size as stored, turned by its EXIF data."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + b"\0\0\0\0"
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"
    parts = b"".join(
        b"\xff" + mark + struct.pack(">H", len(data) + 2) + data
        for mark, data in ((b"\xe1", exif), (b"\xc0", frame), (b"\xda", b"\x01\x01\0\0\x3f\0"))
    )
    return b"\xff\xd8" + parts + b"\x12\x34" * 8 + (b"\xff\xd9" if end else b"")


def gif(width, height, *, end=True):
    """A GIF of that size."""
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0" + b"\x2c" * 12 + (b";" if end else b"")


def webp(width, height, *, end=True):
    """A lossless WebP of that size."""
    bits = (width - 1) | (height - 1) << 14
    data = b"WEBPVP8L" + struct.pack("<I", 6) + b"\x2f" + struct.pack("<I", bits) + b"\0"
    return b"RIFF" + struct.pack("<I", len(data)) + (data if end else data[:-1])


def tiff(width, height):
    """A TIFF of that size."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in ((256, width), (257, height)))
    return b"II*\0\x08\0\0\0\x02\0" + entries + b"\0\0\0\0"
