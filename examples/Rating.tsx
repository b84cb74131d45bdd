import { useState } from "react";

export interface RatingProps {
  label: string;
  stars?: number;
  onRate?: (value: number) => void;
}

/** A row of stars; the one that is clicked is the rating. */
export function Rating({ label, stars = 5, onRate }: RatingProps) {
  const [value, setValue] = useState(0);

  const rate = (next: number) => {
    // TODO: remember the value and tell onRate
  };

  return (
    <fieldset>
      <legend>{label}</legend>
      {Array.from({ length: stars }, (_, at) => (
        <button key={at} type="button" aria-pressed={at < value} onClick={() => rate(at + 1)}>
          ★
        </button>
      ))}
    </fieldset>
  );
}
