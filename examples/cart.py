"""A shopping cart."""

from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    price: float
    quantity: int = 1


@dataclass
class Cart:
    items: list[Item] = field(default_factory=list)

    def add(self, item: Item) -> None:
        self.items.append(item)

    def total(self) -> float:
        """Return the sum of price times quantity over all items."""
        ...

    def names(self) -> list[str]:
        return [item.name for item in self.items]
