"""Every check of this folder against one endpoint: `python run.py URL`. One JSON object a line, an error where one failed."""
import importlib
import json
import pathlib
import sys
import traceback

import boto3
from botocore.config import Config

here = pathlib.Path(__file__).parent


class Clients:
    """boto3's clients of the local cloud, each made once."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self._made = {}

    def __call__(self, service, **options):
        key = (service, repr(sorted(options.items())))
        if key not in self._made:
            # A host name with a prefix, as live tail wants one, has no address on this machine.
            config = Config(retries={"max_attempts": 1}, inject_host_prefix=False, **options)
            self._made[key] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=config,
            )
        return self._made[key]


def checks(module):
    return [(name, check) for name, check in vars(module).items() if name.startswith("check_")]


def main(endpoint):
    clients = Clients(endpoint)
    for file in sorted(here.glob("on_*.py")):
        for name, check in checks(importlib.import_module(file.stem)):
            said = {"service": file.stem[3:], "check": name[6:].replace("_", " ")}
            try:
                check(clients)
            except Exception:
                said["error"] = traceback.format_exc(limit=-3)
            print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
