### How guests get in.
