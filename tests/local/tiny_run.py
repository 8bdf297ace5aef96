"""`python -m local`, with an app of three routes and a firm without people."""

import sys

from local.__main__ import main
from tests.local.tiny_app import tiny_app

if __name__ == "__main__":
    sys.exit(main(load_app=tiny_app, create_data=lambda *_: ()))
