"""How models are asked to fill a gap: the tokens of each family, and which family a served model belongs to.

The tokens are written into the prompt as text: llama.cpp's `/completion` and vLLM's `/v1/completions` know them there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from maze_lsp.errors import ServiceError
from maze_lsp.inference.types import Service

Order = Literal["PSM", "SPM"]
"""Prefix, suffix, middle; or suffix, prefix, middle. The generated text comes last in both."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a prompt with a gap.

    `middle` is empty where the generated text follows the prefix directly. `file` begins a file in front of the one
    with the gap, followed by its name and a line end; empty where the models know no files. `named`: where the name of
    the file with the gap stands, outside of the prefix or at its beginning. `stop`: tokens by which a model says that
    it has finished, for servers that show them as text. `names`: what the models are called.
    """

    name: str
    prefix: str
    suffix: str
    middle: str
    order: Order = "PSM"
    file: str = ""
    named: Literal["outside", "inside"] = "outside"
    stop: tuple[str, ...] = ()
    names: str = ""

    @property
    def marks(self) -> tuple[str, ...]:
        """The tokens without which there is no gap."""
        return tuple(mark for mark in (self.prefix, self.suffix, self.middle) if mark)

    def defused(self, text: str) -> str:
        """A text of the user's in which no token of this format can be read any more."""
        for mark in {*self.marks, self.file, *self.stop} - {""}:
            text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return text

    def around(self, suffix: str, *, files: str = "", name: str = "") -> tuple[str, str]:
        """What stands before and behind the prefix. `files`: the files in front, each with its own head."""
        before, behind = self.prefix, self.suffix + suffix + self.middle
        if self.order == "SPM":
            before, behind = self.suffix + suffix + self.prefix, self.middle
        if not (files and self.file):
            return before, behind
        head = f"{before}{name}\n" if self.named == "inside" else f"{name}\n{before}"
        return f"{files}{self.file}{head}", behind


FORMATS = (
    # Model card and README of Qwen2.5-Coder ("fill in the middle", "repository level"); Qwen3-Coder has the same.
    Format(
        "qwen",
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        file="<|file_sep|>",
        stop=("<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>"),
        names=r"qwen[\d.]*-?coder",
    ),
    # arXiv 2402.19173, section 5: the file's name stands behind the prefix token.
    Format(
        "starcoder2",
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        file="<file_sep>",
        named="inside",
        stop=("<|endoftext|>", "<file_sep>"),
        names=r"starcoder-?2",
    ),
    # Model cards of StarCoder, tiny_starcoder_py, Stable Code 3B and CodeQwen1.5.
    Format(
        "starcoder",
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        stop=("<|endoftext|>", "<file_sep>"),
        names=r"starcoder|stable-code|codeqwen",
    ),
    # arXiv 2308.12950, section 2.3; the 34B, 70B and Python models were not trained for it. U+2581 is in the tokens.
    Format(
        "codellama",
        "\u2581<PRE>",
        "\u2581<SUF>",
        "\u2581<MID>",
        stop=("<EOT>", "\u2581<EOT>"),
        names=r"code-?llama(?!.*(?:34b|70b|pyth))",
    ),
    # README of DeepSeek-Coder ("code insertion"); arXiv 2406.11931 for the second version. Full-width bars are right.
    Format(
        "deepseek",
        "<\uff5cfim\u2581begin\uff5c>",
        "<\uff5cfim\u2581hole\uff5c>",
        "<\uff5cfim\u2581end\uff5c>",
        stop=("<\uff5cend\u2581of\u2581sentence\uff5c>", "<|EOT|>"),
        names=r"deepseek-coder-v2|deepseek-coder(?!.*instruct)",
    ),
    # The encoder of fill-in-the-middle requests in Mistral's tokenizer library: suffix first, no middle token.
    Format("codestral", "[PREFIX]", "[SUFFIX]", "", order="SPM", stop=("</s>",), names=r"(?<!mamba-)codestral"),
    # Tokenizer and parameters of Granite Code (arXiv 2405.04324); Granite 3.3 has the same tokens.
    Format(
        "granite",
        "<fim_prefix>",
        "<fim_suffix>",
        "<fim_middle>",
        stop=("<|endoftext|>", "<|end_of_text|>"),
        names=r"granite-(?:\d+b-)?code|granite-?3\.3",
    ),
    # Tokenizer of Granite 4.
    Format(
        "granite4",
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        stop=("<|end_of_text|>", "<|fim_pad|>"),
        names=r"granite-?4",
    ),
    # Model card of CodeGemma ("code completion").
    Format(
        "codegemma",
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        stop=("<|file_separator|>", "<eos>"),
        names=r"codegemma",
    ),
)

_BY_NAME = {one.name: one for one in FORMATS}


def by_name(name: str) -> Format | None:
    """The format that the setting `fim` names."""
    return _BY_NAME.get(name)


def of_models(names: Iterable[str]) -> Format | None:
    """The format of a model that is called so: an id, an alias or the path of a file."""
    for name in names:
        plain = re.sub(r"[\s_]+", "-", name.lower())
        for one in FORMATS:
            if re.search(one.names, plain):
                return one
    return None


def custom(prefix: str, suffix: str, middle: str) -> Format:
    """A format of these tokens alone."""
    return Format("custom", prefix, suffix, middle)


async def seen(
    service: Service, names: Iterable[str], declared: tuple[str, str, str] | None = None
) -> tuple[Format | None, bool]:
    """The format of a served model, and whether the server counts tokens.

    `declared`: the tokens for prefix, suffix and middle that the model itself names. A format holds where the server's
    vocabulary has its tokens, each as one, or where the server cannot be asked.
    """
    found = of_models(names) or (custom(*declared) if declared else None)
    marks = found.marks if found else ("a",)
    try:
        tokens = await service.tokenize("".join(marks))
    except ServiceError:
        return found, False
    # A tokenizer may put a blank in front; tokens that it does not know fall into three pieces or more.
    return (found if len(tokens) < 2 * len(marks) else None), True
