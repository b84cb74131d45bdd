; What data has of what constraints speak of.

[(string) (number) (true) (false) (null)] @literal
