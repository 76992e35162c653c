"""Public files, fetched whole or not at all: resumed, checked, and only then put in their place."""

from earmark.fetching.errand import Fetched, fetch
from earmark.fetching.published import VGGISH, Published, Source
from earmark.fetching.settings import Settings, default_folder

__all__ = [
    "VGGISH",
    "Fetched",
    "Published",
    "Settings",
    "Source",
    "default_folder",
    "fetch",
]
