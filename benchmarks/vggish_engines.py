"""VGGish in a process of its own, as one engine runs it, for `benchmarks.vggish` to command.

    python -m benchmarks.vggish_engines ENGINE FOLDER --threads N

ENGINE is tensorflow, pytorch, earmark or fast. FOLDER holds `full.ckpt`, as
`tests/importing/tensorflow_vggish.py` makes it, and `tagger`, as `earmark models import` makes that
of it. The process says `ready` when it has embedded its first patch. Then it reads how many patches
to embed at once and how often, and answers with the seconds that each time took and the most memory
that it ever held, in MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

Patches = NDArray[np.float32]
Engine = Callable[[Patches], object]


def tensorflow(folder: Path, threads: int) -> Engine:
    """As Google's own code runs it: a graph and a session of TensorFlow 1."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
    from importing.tensorflow_vggish import GOOGLES, network, tf

    tf.disable_eager_execution()
    batch = tf.placeholder(tf.float32, [None, 96, 64])
    with tf.variable_scope("vggish"):
        embeddings = tf.nn.relu(network(batch, *GOOGLES))
    settings = tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1)
    session = tf.Session(config=settings)
    tf.train.Saver().restore(session, str(folder / "full.ckpt"))
    return lambda patches: session.run(embeddings, {batch: patches})


def pytorch(folder: Path, threads: int) -> Engine:
    """The module, eagerly."""
    import torch
    from safetensors.torch import load_file

    from earmark.embedders.vggish import Vggish

    torch.set_num_threads(threads)
    with torch.device("meta"):
        network = Vggish()
    stored = load_file(folder / "tagger" / "model.safetensors")
    own = {name.removeprefix("embedder."): value for name, value in stored.items()}
    own = {name: value for name, value in own.items() if not name.startswith("pca.")}
    network.load_state_dict(own, assign=True)
    network.eval()

    def run(patches: Patches) -> object:
        with torch.inference_mode():
            return network(torch.from_numpy(patches))

    return run


def earmark(folder: Path, threads: int, *, fast: bool = False) -> Engine:
    """Ours: patches to quantised embeddings."""
    from earmark.bundle import Bundle
    from earmark.embedders import Embedder

    bundle = Bundle.find(folder / "tagger")
    path = bundle.choose_embedder(fast=fast)
    return Embedder(path, identity=bundle.config.embedder, threads=threads)


def fast(folder: Path, threads: int) -> Engine:
    """Ours, with its two wide dense layers in eight bits."""
    return earmark(folder, threads, fast=True)


ENGINES = {engine.__name__: engine for engine in (tensorflow, pytorch, earmark, fast)}


def peak() -> float:
    """The most memory that this process has held, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # the system's other count includes what its parent held
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Do as one is told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    patches = np.load(options.folder / "patches.npy")
    engine = ENGINES[options.engine](options.folder, options.threads)
    engine(patches[:1])
    print("ready", flush=True)
    for line in sys.stdin:
        at_once, times = map(int, line.split())
        batch = np.resize(patches, (at_once, *patches.shape[1:]))
        seconds = []
        for _ in range(times):
            begun = perf_counter()
            engine(batch)
            seconds.append(perf_counter() - begun)
        print(json.dumps([seconds, peak()]), flush=True)


if __name__ == "__main__":
    main()
