"""The inference service that comes with the program: llama.cpp's server in a process of its own on this
machine.

One service serves all editors of the user. `service.py` is what the rest of the program sees; `launch.py`
starts or joins; `server.py` is the process itself; `files.py` is how they find each other; `serve.py` is
`maze serve`.
"""
