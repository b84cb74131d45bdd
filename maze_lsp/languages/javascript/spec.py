"""JavaScript with JSX."""

from __future__ import annotations

from pathlib import Path

from maze_lsp.languages.spec import LanguageSpec

_BUILTINS = """
undefined NaN Infinity arguments globalThis eval isFinite isNaN parseFloat parseInt
decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape
Object Function Boolean Symbol Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError
Number BigInt Math Date String RegExp Array Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array
Uint32Array BigInt64Array BigUint64Array Float32Array Float64Array Map Set WeakMap WeakSet WeakRef FinalizationRegistry
ArrayBuffer SharedArrayBuffer Atomics DataView JSON Promise Reflect Proxy Intl Iterator
console queueMicrotask structuredClone setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate
fetch Headers Request Response FormData Blob File URL URLSearchParams TextEncoder TextDecoder AbortController
AbortSignal
Event EventTarget CustomEvent MessageChannel MessagePort ReadableStream WritableStream TransformStream WebSocket
performance crypto atob btoa WebAssembly
window document navigator location history localStorage sessionStorage self requestAnimationFrame cancelAnimationFrame
requestIdleCallback cancelIdleCallback alert confirm prompt getComputedStyle matchMedia Node Element HTMLElement
SVGElement
DocumentFragment NodeFilter MutationObserver ResizeObserver IntersectionObserver DOMParser XMLHttpRequest Image Worker
KeyboardEvent MouseEvent PointerEvent customElements
process Buffer global require module exports __dirname __filename
"""

SPEC = LanguageSpec(
    name="javascript",
    title="JavaScript",
    language_ids=("javascript", "javascriptreact"),
    extensions=(".js", ".jsx", ".mjs", ".cjs"),
    parser="tree_sitter_javascript",
    folder=Path(__file__).parent,
    start_rules={
        "body": "body",
        "statements": "statements",
        "statement": "statement",
        "expression": "expression",
        "arguments": "arguments",
        "declaration": "declaration",
        "parameters": "parameters",
        "pattern": "pattern",
        "members": "members",
        "import": "import",
        "element": "element",
        "fields": "fields",
        "items": "items",
        "string": "string",
        "docstring": "docstring",
    },
    line_comment="//",
    indent_unit="  ",
    builtins=frozenset(_BUILTINS.split()),
)
