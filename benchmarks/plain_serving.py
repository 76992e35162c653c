"""What `benchmarks.serving` compares with: Flask and its own server, one request at a time."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.serving import make_server

from earmark import load


def make() -> Flask:
    """Make the application: the upload goes to a file, the file is tagged."""
    app = Flask(__name__)
    tagger = load()

    @app.post("/v1/tag")
    def tag() -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "upload.wav"
            request.files["file"].save(path)
            found = tagger.tag(path)
        return {"tags": [asdict(each) for each in found]}

    return app


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, make(), threaded=False)
    print(f"serving at http://127.0.0.1:{server.server_port}/", file=sys.stderr, flush=True)
    server.serve_forever()
