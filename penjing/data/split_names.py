"""How sources spell the names of splits. No torch."""

import re

SPELLINGS = {
    "train": ("train", "training", "trn"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "tst"),
}
MEANT = {spelling: split for split, spellings in SPELLINGS.items() for spelling in spellings}


def split_meant(name: str) -> str | None:
    """train, validation or test, by a name such as `Valid`, `training_set`, `test-images`, `val2017`; else None."""
    return MEANT.get(re.sub(r"[ _-]?(set|split|images|pictures|data|20\d\d)$", "", name.strip().lower()))
