"""DynamoDB: boto3's own numbers and sets, its batch writer, its paginators, and the checksum it compares."""
from decimal import Decimal

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from expecting import refused, same


def make(clients, name):
    dynamodb = clients("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "tenant", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "tenant", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    return dynamodb


def check_items_and_pages(clients):
    dynamodb = make(clients, "python-items")
    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize
    item = {
        "tenant": "acme",
        "number": Decimal("-12345678901234567890123456789.012345678"),
        "tags": {"a", "b"},
        "bytes": b"\x00\xff",
        "nested": {"list": [None, True, {"deep": Decimal("1")}]},
    }
    kept = {name: write(value) for name, value in item.items()}
    dynamodb.put_item(TableName="python-items", Item=kept)
    key = {name: kept[name] for name in ("tenant", "number")}
    answer = dynamodb.get_item(TableName="python-items", Key=key)
    same({name: read(value) for name, value in answer["Item"].items()}, item)
    assert "x-amz-crc32" in answer["ResponseMetadata"]["HTTPHeaders"], answer
    requests = [
        {"PutRequest": {"Item": {"tenant": {"S": "pages"}, "number": {"N": str(number)}}}} for number in range(25)
    ]
    dynamodb.batch_write_item(RequestItems={"python-items": requests})
    pages = dynamodb.get_paginator("query").paginate(
        TableName="python-items",
        KeyConditionExpression="tenant = :t AND #n >= :n",
        ExpressionAttributeNames={"#n": "number"},
        ExpressionAttributeValues={":t": {"S": "pages"}, ":n": {"N": "5"}},
        PaginationConfig={"PageSize": 7},
    )
    same([int(each["number"]["N"]) for page in pages for each in page["Items"]], list(range(5, 25)))


def check_conditions_and_streams(clients):
    dynamodb = make(clients, "python-stream")
    item = {"tenant": {"S": "acme"}, "number": {"N": "1"}}
    dynamodb.put_item(TableName="python-stream", Item=item)
    with refused("ConditionalCheckFailedException"):
        dynamodb.put_item(
            TableName="python-stream", Item=item, ConditionExpression="attribute_not_exists(tenant)"
        )
    with refused("TransactionCanceledException"):
        check = {"TableName": "python-stream", "Key": item, "ConditionExpression": "attribute_exists(absentee)"}
        dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": check}])
    streams = clients("dynamodbstreams")
    arn = streams.list_streams(TableName="python-stream")["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    same([(each["eventName"], each["dynamodb"]["NewImage"]) for each in records], [("INSERT", item)])
