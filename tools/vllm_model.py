"""Make the model folders for a vLLM on the processor: `smol`, a GGUF file's model, and `tiny`, random weights.

    .venv-vllm/bin/python tools/vllm_model.py FILE.gguf FOLDER

`smol` writes real text at some 60 tokens a second; `tiny` has its tokens and two small layers: it serves tests of the
protocol. Runs in vLLM's own environment, not in the project's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}


def main() -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
    from transformers.utils.quantization_config import GgufConfig

    gguf, target = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    place = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**place)
    model = AutoModelForCausalLM.from_pretrained(
        **place, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    config = LlamaConfig(
        vocab_size=model.config.vocab_size,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,  # of 64: the least that vLLM has code for
        num_key_value_heads=1,
        max_position_embeddings=2048,
        bos_token_id=model.config.bos_token_id,
        eos_token_id=model.config.eos_token_id,
        tie_word_embeddings=True,
    )
    torch.manual_seed(1)
    tiny = LlamaForCausalLM(config).to(torch.bfloat16)
    for name, made in (("smol", model), ("tiny", tiny)):
        made.save_pretrained(target / name)
        tokenizer.save_pretrained(target / name)


if __name__ == "__main__":
    main()
