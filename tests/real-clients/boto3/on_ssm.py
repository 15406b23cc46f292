"""Parameter Store: versions, labels, paths and SecureStrings."""
from expecting import refused, same


def check_versions_and_labels(clients):
    ssm = clients("ssm")
    ssm.put_parameter(Name="/python/a", Value="1", Type="String")
    same(ssm.put_parameter(Name="/python/a", Value="2", Overwrite=True)["Version"], 2)
    ssm.label_parameter_version(Name="/python/a", ParameterVersion=1, Labels=["first"])
    same(ssm.get_parameter(Name="/python/a:first")["Parameter"]["Value"], "1")
    history = ssm.get_parameter_history(Name="/python/a")["Parameters"]
    same([(each["Version"], each["Labels"]) for each in history], [(1, ["first"]), (2, [])])
    with refused("ParameterAlreadyExists"):
        ssm.put_parameter(Name="/python/a", Value="3", Type="String")
    with refused("ParameterVersionNotFound"):
        ssm.get_parameter(Name="/python/a:9")


def check_paths_and_secure_strings(clients):
    ssm = clients("ssm")
    ssm.put_parameter(Name="/python-path/a/b", Value="hidden", Type="SecureString")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/python-path", Recursive=True, WithDecryption=True)
    same([each["Value"] for page in pages for each in page["Parameters"]], ["hidden"])
    same(ssm.get_parameters_by_path(Path="/python-path")["Parameters"], [])
    assert ssm.get_parameter(Name="/python-path/a/b")["Parameter"]["Value"] != "hidden"
    ssm.delete_parameter(Name="/python-path/a/b")
    with refused("ParameterNotFound"):
        ssm.get_parameter(Name="/python-path/a/b")
