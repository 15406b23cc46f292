"""EventBridge: a bus with a rule before a queue, patterns, an archive, a schedule, and refusals."""
import json
from datetime import datetime, timezone

from expecting import refused, same


def check_bus_to_queue(clients):
    events, sqs = clients("events"), clients("sqs")
    events.create_event_bus(Name="python", Tags=[{"Key": "team", "Value": "a"}])
    queue = sqs.create_queue(QueueName="python-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}})
    rule = events.put_rule(Name="large", EventBusName="python", EventPattern=pattern)["RuleArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    transformer = {"InputPathsMap": {"total": "$.detail.total"}, "InputTemplate": '{"paid": <total>}'}
    target = {"Id": "queue", "Arn": arn, "InputTransformer": transformer}
    same(events.put_targets(Rule="large", EventBusName="python", Targets=[target])["FailedEntryCount"], 0)
    entry = lambda detail: {"EventBusName": "python", "Source": "shop", "DetailType": "Sold", "Detail": detail}
    put = events.put_events(Entries=[entry('{"total": 7}'), entry("[]"), entry('{"total": 12.5}')])
    same((put["FailedEntryCount"], put["Entries"][1]["ErrorCode"]), (1, "MalformedDetail"))
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=10)["Messages"]
    same([json.loads(each["Body"]) for each in messages], [{"paid": 12.5}])


def check_archive(clients):
    events = clients("events")
    bus = events.describe_event_bus()["Arn"]
    archive = events.create_archive(ArchiveName="python", EventSourceArn=bus, RetentionDays=1)["ArchiveArn"]
    start, end = (datetime(2026, 1, day, tzinfo=timezone.utc) for day in (1, 2))
    times = {"EventStartTime": start, "EventEndTime": end}
    started = events.start_replay(ReplayName="python", EventSourceArn=archive, Destination={"Arn": bus}, **times)
    same(started["State"], "STARTING")
    with refused("ResourceAlreadyExistsException"):
        events.start_replay(ReplayName="python", EventSourceArn=archive, Destination={"Arn": bus}, **times)
    events.delete_archive(ArchiveName="python")
    with refused("ResourceNotFoundException"):
        events.describe_archive(ArchiveName="python")


def check_schedule(clients):
    scheduler = clients("scheduler")
    target = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/none"}
    made = {"Name": "python", "Target": target, "FlexibleTimeWindow": {"Mode": "OFF"}, "State": "DISABLED"}
    scheduler.create_schedule(ScheduleExpression="rate(1 hours)", StartDate=datetime(2030, 1, 1), **made)
    same(scheduler.get_schedule(Name="python")["ScheduleExpression"], "rate(1 hours)")
    with refused("ConflictException"):
        scheduler.create_schedule(ScheduleExpression="rate(1 hour)", **made)
    with refused("ValidationException"):
        scheduler.update_schedule(ScheduleExpression="rate(10 seconds)", **made)
    scheduler.delete_schedule(Name="python")
    with refused("ResourceNotFoundException"):
        scheduler.get_schedule(Name="python")


def check_refusals(clients):
    events = clients("events")
    event = json.dumps({"id": "1", "source": "s", "detail-type": "t", "account": "1", "time": "2026-01-01T00:00:00Z", "region": "r", "resources": []})
    same(events.test_event_pattern(EventPattern='{"source": [{"wildcard": "*"}]}', Event=event)["Result"], True)
    with refused("InvalidEventPatternException"):
        events.put_rule(Name="wrong", EventPattern='{"source": "s"}')
    with refused("ValidationException"):
        events.put_rule(Name="wrong", ScheduleExpression="rate(1 hours)")
    with refused("ResourceNotFoundException"):
        events.describe_rule(Name="none")
    with refused("ValidationException"):
        events.delete_event_bus(Name="default")
