"""SNS: topics, a queue behind one, batches and filters."""
import json

from expecting import refused, same


def check_topic_to_queue(clients):
    sns, sqs = clients("sns"), clients("sqs")
    topic = sns.create_topic(Name="python", Tags=[{"Key": "team", "Value": "a"}])["TopicArn"]
    queue = sqs.create_queue(QueueName="python-told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    attributes = {"FilterPolicy": json.dumps({"kind": [{"prefix": "or"}]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    kind = lambda value: {"kind": {"DataType": "String", "StringValue": value}}
    entries = [{"Id": each, "Message": each, "MessageAttributes": kind(each)} for each in ("order", "other")]
    published = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    same(([each["Id"] for each in published["Successful"]], published.get("Failed", [])), (["order", "other"], []))
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(each["Body"]) for each in messages]
    same([(each["Message"], each["MessageAttributes"]) for each in bodies], [("order", {"kind": {"Type": "String", "Value": "order"}})])


def check_refusals(clients):
    sns = clients("sns")
    topic = sns.create_topic(Name="python-refuses")["TopicArn"]
    with refused("NotFound"):
        sns.publish(TopicArn=topic + "-none", Message="x")
    with refused("InvalidParameter"):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="x")
    with refused("InvalidParameter"):
        sns.publish(TopicArn=topic, Message="x", Subject="x" * 101)
    sns.delete_topic(TopicArn=topic)
    with refused("NotFound"):
        sns.get_topic_attributes(TopicArn=topic)
