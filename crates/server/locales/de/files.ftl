### Files.
