"""Queues: digests, batches, errors by the names of the query protocol, and waiting."""
import time

from expecting import refused, same


def check_messages(clients):
    sqs = clients("sqs")
    url = sqs.create_queue(QueueName="python", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    same(sqs.get_queue_url(QueueName="python")["QueueUrl"], url)
    attributes = {
        "text": {"DataType": "String", "StringValue": "Größe"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    # boto3 compares the digests itself.
    sent = sqs.send_message(QueueUrl=url, MessageBody="hällo", MessageAttributes=attributes)
    (got,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
    same((got["MessageId"], got["Body"], got["MessageAttributes"]), (sent["MessageId"], "hällo", attributes))
    same(got["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    same("Messages" in sqs.receive_message(QueueUrl=url), False)


def check_batches_and_errors(clients):
    sqs = clients("sqs")
    url = sqs.create_queue(QueueName="python.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    entries = [{"Id": str(n), "MessageBody": str(n), "MessageGroupId": "a", "MessageDeduplicationId": str(n)} for n in range(3)]
    same(len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]), 3)
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    same([message["Body"] for message in got], ["0", "1", "2"])
    with refused("AWS.SimpleQueueService.NonExistentQueue"):
        sqs.get_queue_url(QueueName="python-nowhere")
    with refused("ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="x")
    with refused("InvalidParameterValue"):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11)
    with refused("AWS.SimpleQueueService.EmptyBatchRequest"):
        sqs.send_message_batch(QueueUrl=url, Entries=[])


def check_waiting_ends_in_time(clients):
    sqs = clients("sqs")
    url = sqs.create_queue(QueueName="python-waits")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    began = time.monotonic()
    (got,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    same((got["Body"], time.monotonic() - began < 10), ("later", True))
