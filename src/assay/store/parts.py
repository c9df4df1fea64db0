"""Large files in parts."""

import errno
import os
import stat
from pathlib import Path

from assay.store.naming import naming


def file_size(path: Path) -> int:
    """The size of a regular file in bytes.

    Raises:
        OSError: it is absent, a symbolic link, or no regular file.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return status.st_size


def read_part(path: Path, start: int, length: int) -> bytes:
    """At most `length` bytes of a regular file from `start` on; a symbolic link is not followed.

    Raises:
        OSError: it is absent, or no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        with naming(path):
            return os.pread(descriptor, length, start)
    finally:
        os.close(descriptor)
