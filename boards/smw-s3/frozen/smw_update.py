"""Confirms an update once the device works, so that the bootloader keeps it."""

from esp32 import Partition


def confirm():
    """Keeps the running app: without this call the bootloader goes back to the former one at the next reset."""
    Partition.mark_app_valid_cancel_rollback()


def slot():
    """The label of the partition that runs: `ota_0`, `ota_1` or `factory`."""
    return Partition(Partition.RUNNING).info()[4]
