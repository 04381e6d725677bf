"""``python benchmarks/captured [--suites banking workspace] [--json] [--every N]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from captured.run import main

if __name__ == "__main__":
    sys.exit(main())
