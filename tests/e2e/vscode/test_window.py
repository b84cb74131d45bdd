"""The extension as its user has it: a real VS Code, by keys alone, read as text."""

from __future__ import annotations

from tests.e2e.vscode.conftest import Open
from tests.e2e.vscode.window import Place, Window
from tests.server.fake_llamacpp import FakeLlama

CART = '''"""Carts."""


def total(prices: list[float], tax: float) -> float:
    """The sum of all prices, with tax."""
    ...


print(total([1.0, 2.0], 0.2))
'''
BODY = "subtotal = sum(prices)\n    result = subtotal * (1 + tax)\n    return result"


async def generate(window: Window, title: str = "function body") -> None:
    """Choose the action from the menu of the cursor, by keys."""

    async def offered() -> bool:
        await window.keys("Control+.")
        try:
            await window.see(".action-widget .monaco-list-row", title, 1.5)
        except AssertionError:
            await window.keys("Escape")
            return False
        return True

    await window.until(offered, "the action")
    await window.keys("Enter")


async def test_from_the_menu_to_the_text_and_back(opened: Open, place: Place, llama: FakeLlama) -> None:
    llama.scripts, llama.hold_after = [BODY], 14
    (place.workspace / "cart.py").write_text(CART)
    async with opened() as window:
        await window.open("cart.py")
        await window.go(6, 5)
        await generate(window)
        # It streams in at its place; the document is not changed.
        await window.until(lambda: window.live(), "live text")
        await window.picture("streaming")
        llama.release.set()
        await window.until(lambda: _has(window, "    return result"), "the text")
        await window.picture("generated")


async def _has(window: Window, line: str) -> bool:
    return line in (await window.text()).splitlines()
