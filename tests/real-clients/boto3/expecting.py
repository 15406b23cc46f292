"""What the checks say of refusals."""
from contextlib import contextmanager

from botocore.exceptions import ClientError


@contextmanager
def refused(code):
    """The block has to be refused with this error code of AWS's."""
    try:
        yield
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
    else:
        raise AssertionError(f"{code} was expected, and nothing was refused")


def same(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"
