"""A shopping cart."""

from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float


class Cart:
    def __init__(self) -> None:
        self.items: list[Item] = []

    def add(self, item: Item) -> None:
        self.items.append(item)

    def total(self) -> float:
        """Return the sum of the prices of all items."""
        ...

    def names(self) -> list[str]:
        return [item.name for item in self.items]
