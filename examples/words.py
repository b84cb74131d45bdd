"""Counting words."""

from collections import Counter


def count_words(text: str) -> dict[str, int]:
    """Count how often each word of the text occurs, ignoring upper and lower case."""
    counts: dict[str, int] = {}
    for word in text.split():
        if word.lower() in counts:
            counts[word.lower()] = counts[word.lower()] + 1
        else:
            counts[word.lower()] = 1
    return counts


def most_common(text: str, number: int) -> list[str]:
    # TODO: the most common words of the text, the most common one first
    raise NotImplementedError


print(Counter(count_words("the cat and the hat")))
