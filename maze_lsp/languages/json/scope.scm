; JSON has no names.
