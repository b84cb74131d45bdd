"""One file a method, or a tight family of methods. A handler takes a snapshot, calls a pure function, converts."""
