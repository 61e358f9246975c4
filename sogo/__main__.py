"""`python -m sogo` is `sogod`."""

import sys

from sogo.server.main import main

sys.exit(main())
