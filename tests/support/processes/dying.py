"""A process that issues rewards and is killed while it waits for the answer."""

import sys
from uuid import UUID

import django


def main(key: str) -> None:
    django.setup()
    from partner_api.connect import Priority, thanx

    thanx(priority=Priority.SUBMISSION, merchant="", about="batch:1").issue(key=UUID(key), body=b'{"identifiers":[]}')


if __name__ == "__main__":
    main(sys.argv[1])
