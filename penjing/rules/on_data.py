"""The rules of the data, asked of a data set that was read and divided."""

from penjing.data.dataset import Dataset
from penjing.findings import Finding
from penjing.rules import in_order


def check_data(data: Dataset) -> list[Finding]:
    """What the rules of the data find, the one to mend first in front."""
    return in_order([])
