"""What the tests ask of an instance of Nova's, in words; tests/e2e/helpers/verbs.py has those for a domain."""
import words
from conftest import CONFIG, LIVE, NAME
from e2e.conftest import assert_blocked, assert_unsupported

VSMMU = "vSMMU 'iommu0' on bus 'pci.1'"


def stays_in_definition(host):
    return (f"{words.UNSUPPORTED}cannot detach device 'hostdev0' (host {host}) from the definition of domain '{NAME}': "
            f"in the running domain it anchors the CMDQV of {VSMMU} and has to stay; shut the domain down to remove it")


def passed_through(dom):
    """How many devices the running domain and its definition have."""
    return tuple(len([x for x in xml.split("\n") if "<hostdev" in x or "<interface" in x])
                 for xml in (dom.XMLDesc(0), dom.XMLDesc(2)))


def refused_or_split(compute, daemon, host, call, *args):
    """What the call does to the anchor of an instance with two devices."""
    if daemon.stock:
        assert_blocked(compute.refusal(call, *args))
        assert compute.asked == [CONFIG, LIVE]
        assert passed_through(daemon.get(NAME)) == (2, 1)
    else:
        with daemon.nothing_changes():
            error = compute.refusal(call, *args)
        assert_unsupported(error, stays_in_definition(host))
        assert not any(w in error.get_error_message() for w in words.TAKEN_FOR_SUCCESS)
        assert compute.asked == [CONFIG]
        assert compute.seconds < 2
