"""vLLM on Modal, for maze-lsp: stock vLLM with the backend `guidance`; every route but `/health` wants the key.

    modal secret create maze-key VLLM_API_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(32))')"
    MAZE_MODEL=Qwen/Qwen2.5-Coder-7B modal deploy deploy/modal_app.py

The address that is printed is the `endpoint`, the secret the `api_key`, `dialect = "vllm"`. The variables of
vllm_command.py and MAZE_GPU (a GPU as Modal names it) are read when this is deployed. The first request after a pause
waits for a machine; `first_token_timeout` bounds that.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import modal

HERE = Path(__file__).resolve().parent
PLACE = "/opt/maze"
PORT = 8000
MINUTE = 60
GPU = os.environ.get("MAZE_GPU", "L4")
TOLD = ("MAZE_MODEL", "MAZE_MODEL_NAME", "MAZE_CONTEXT", "MAZE_GPUS", "MAZE_VLLM_ARGUMENTS")


def environment() -> dict[str, str | None]:
    """What the machine is told: the variables that are set where this is deployed."""
    told: dict[str, str | None] = {name: os.environ[name] for name in TOLD if os.environ.get(name)}
    return {"MAZE_MODEL": "Qwen/Qwen2.5-Coder-7B", "HF_HOME": "/models", **told}


image = (
    modal.Image.from_registry("nvidia/cuda:12.9.0-devel-ubuntu22.04", add_python="3.12")
    .entrypoint([])
    .uv_pip_install("vllm==0.32.0")
    .add_local_file(str(HERE / "only_with_key.py"), f"{PLACE}/only_with_key.py")
    .add_local_file(str(HERE / "vllm_command.py"), f"{PLACE}/vllm_command.py")
)
app = modal.App("maze-lsp")


@app.function(
    image=image,
    gpu=f"{GPU}:{os.environ.get('MAZE_GPUS', '1')}",
    env=environment(),
    secrets=[modal.Secret.from_name("maze-key", required_keys=["VLLM_API_KEY"])],
    volumes={"/models": modal.Volume.from_name("maze-models", create_if_missing=True)},
    scaledown_window=10 * MINUTE,
    timeout=60 * MINUTE,
    max_containers=1,
)
@modal.concurrent(max_inputs=64)
@modal.web_server(port=PORT, startup_timeout=15 * MINUTE)
def serve() -> None:
    subprocess.Popen(["python", f"{PLACE}/vllm_command.py"], env={**os.environ, "MAZE_PORT": str(PORT)})
