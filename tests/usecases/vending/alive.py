"""List the sessions that may be active under an item, for tests that revoke nothing."""

from chalicelib.domain.vending.sessions import Session, find_alive_sessions
from chalicelib.domain.vending.withholding import VendBasis
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.withholding import find_vend_entries


def live_sessions(ports: Ports, under: VendBasis) -> tuple[Session, ...]:
    """Return the sessions that a revocation of the item would list, the last to end first."""
    return find_alive_sessions(find_vend_entries(ports, [under]), ports.now())
