"""CloudWatch Logs, with live tail and Logs Insights."""
import threading
import time

from expecting import refused, same

GROUP = "/python/logs"


def put(logs, *messages, stream="s"):
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    return logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)


def check_groups_streams_and_events(clients):
    logs = clients("logs")
    logs.create_log_group(logGroupName=GROUP)
    with refused("ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    put(logs, '{"level":"ERROR","ms":12}', '{"level":"INFO","ms":3}', "plain text")
    said = logs.get_log_events(logGroupName=GROUP, logStreamName="s", startFromHead=True)["events"]
    same(len(said), 3)
    found = logs.filter_log_events(logGroupName=GROUP, filterPattern='{ $.level = "ERROR" && $.ms > 10 }')["events"]
    same([one["message"] for one in found], ['{"level":"ERROR","ms":12}'])
    with refused("InvalidParameterException"):
        logs.filter_log_events(logGroupName=GROUP, filterPattern="{ $.level = ")
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    same(logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]["retentionInDays"], 7)
    same([one["logStreamName"] for one in logs.describe_log_streams(logGroupName=GROUP)["logStreams"]], ["s"])


def check_insights(clients):
    logs = clients("logs")
    now = int(time.time())
    times = {"startTime": now - 3600, "endTime": now + 60}
    query = logs.start_query(logGroupName=GROUP, queryString="stats count(*) as n by level | sort n desc", **times)["queryId"]
    until = time.time() + 10
    while (said := logs.get_query_results(queryId=query))["status"] in ("Scheduled", "Running"):
        assert time.time() < until
    rows = [{cell["field"]: cell["value"] for cell in row} for row in said["results"]]
    same(said["status"], "Complete")
    same({row.get("level"): row["n"] for row in rows}["ERROR"], "1")
    with refused("MalformedQueryException"):
        logs.start_query(logGroupName=GROUP, queryString="stats count( by", **times)


def check_live_tail(clients):
    logs = clients("logs")
    arn = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"][0]["logGroupArn"]
    stream = logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="tailed")["responseStream"]
    try:
        for event in stream:
            if "sessionStart" in event:
                threading.Thread(target=put, args=(logs, "tailed line", "another")).start()
            elif event["sessionUpdate"]["sessionResults"]:
                same([one["message"] for one in event["sessionUpdate"]["sessionResults"]], ["tailed line"])
                return
    finally:
        stream.close()


def check_metric_and_subscription_filters(clients):
    logs = clients("logs")
    metric = {"metricName": "Errors", "metricNamespace": "Python", "metricValue": "1"}
    logs.put_metric_filter(logGroupName=GROUP, filterName="f", filterPattern="ERROR", metricTransformations=[metric])
    same(logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"][0]["filterName"], "f")
    same(len(logs.test_metric_filter(filterPattern="ERROR", logEventMessages=["an ERROR", "fine"])["matches"]), 1)
    none = "arn:aws:lambda:us-east-1:123456789012:function:none"
    with refused("InvalidParameterException"):
        logs.put_subscription_filter(logGroupName=GROUP, filterName="s", filterPattern="", destinationArn=none)
    logs.delete_metric_filter(logGroupName=GROUP, filterName="f")
    logs.delete_log_group(logGroupName=GROUP)
