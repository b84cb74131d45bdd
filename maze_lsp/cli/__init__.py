"""The command line: `maze`, and `ananke`, the same under the name that the seed uses.

One file a command. Nothing about generation is decided here: a command finds the place, calls the layers below,
and shows what they say. Results go to stdout, everything else to stderr.
"""
