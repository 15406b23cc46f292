"""Secrets Manager: staging labels, and what rotation says without a function."""
from expecting import refused, same


def check_values_and_labels(clients):
    secrets = clients("secretsmanager")
    arn = secrets.create_secret(Name="python", SecretString="one")["ARN"]
    version = secrets.put_secret_value(SecretId=arn, SecretString="two")["VersionId"]
    same(secrets.get_secret_value(SecretId="python")["VersionId"], version)
    same(secrets.get_secret_value(SecretId="python", VersionStage="AWSPREVIOUS")["SecretString"], "one")
    pending = secrets.put_secret_value(SecretId=arn, SecretBinary=b"three", VersionStages=["AWSPENDING"])["VersionId"]
    same(secrets.get_secret_value(SecretId=arn, VersionStage="AWSPENDING")["SecretBinary"], b"three")
    secrets.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=pending, RemoveFromVersionId=version
    )
    stages = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
    same((sorted(stages[pending]), stages[version]), (["AWSCURRENT", "AWSPENDING"], ["AWSPREVIOUS"]))


def check_rotation_without_a_function(clients):
    secrets = clients("secretsmanager")
    secrets.create_secret(Name="python-rotates", SecretString="one")
    with refused("InvalidRequestException"):
        secrets.rotate_secret(SecretId="python-rotates")
    none = "arn:aws:lambda:us-east-1:123456789012:function:none"
    with refused("AccessDeniedException"):
        secrets.rotate_secret(SecretId="python-rotates", RotationLambdaARN=none, RotationRules={"AutomaticallyAfterDays": 30})
    with refused("ResourceNotFoundException"):
        secrets.cancel_rotate_secret(SecretId="python-nowhere")
    with refused("InvalidParameterException"):
        secrets.rotate_secret(SecretId="python-rotates", RotationRules={"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"})
