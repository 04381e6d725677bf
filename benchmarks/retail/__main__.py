"""``python benchmarks/retail [--json] [--data FOLDER]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from retail.run import main

if __name__ == "__main__":
    sys.exit(main())
