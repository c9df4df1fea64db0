"""`python -m assay`."""

import sys

from assay import cli

sys.exit(cli.main())
