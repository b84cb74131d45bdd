"""Temperatures of a week."""

CELSIUS = [11.5, 13.0, 9.5, 16.0, 18.5, 17.0, 12.0]


def to_fahrenheit(celsius: float) -> float:
    return celsius * 9 / 5 + 32


fahrenheit = [to_fahrenheit(value) for value in CELSIUS]
warmest = max(CELSIUS)
coldest = ...

print(f"between {coldest} and {warmest} degrees")
