// A shopping basket: two holes, one with a wish.

const RATES = { DE: 0.19, FR: 0.2, CH: 0.081 };

export class Basket {
  constructor(country) {
    this.country = country;
    this.items = [];
  }

  add(name, price, count = 1) {
    this.items.push({ name, price, count });
    return this;
  }

  /** The sum of all prices, with the country's tax. */
  total() {
    throw new Error("not implemented");
  }
}

export function cheapest(baskets) {
  // TODO: the basket with the lowest total, null where there is none
}

export function Summary({ basket }) {
  return (
    <ul>
      {basket.items.map((item) => (
        <li key={item.name}>{item.count} × {item.name}</li>
      ))}
    </ul>
  );
}
