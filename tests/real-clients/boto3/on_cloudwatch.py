"""CloudWatch: boto3 speaks its newest protocol, whichever that is."""
import datetime
import json

from expecting import refused, same

NOW = datetime.datetime.now(datetime.timezone.utc)
TIMES = {"StartTime": NOW - datetime.timedelta(minutes=10), "EndTime": NOW + datetime.timedelta(minutes=2)}


def check_metrics(clients):
    cloudwatch = clients("cloudwatch")
    one = {"MetricName": "Took", "Dimensions": [{"Name": "Who", "Value": "ada"}], "Unit": "Milliseconds", "Timestamp": NOW}
    cloudwatch.put_metric_data(Namespace="Python", MetricData=[{**one, "Values": [float(n) for n in range(1, 101)]}])
    listed = cloudwatch.list_metrics(Namespace="Python")["Metrics"]
    same([metric["MetricName"] for metric in listed], ["Took"])
    said = cloudwatch.get_metric_statistics(
        Namespace="Python", MetricName="Took", Dimensions=one["Dimensions"], Period=60, Statistics=["Sum", "Maximum"], **TIMES
    )["Datapoints"]
    same([(point["Sum"], point["Maximum"], point["Unit"]) for point in said], [(5050.0, 100.0, "Milliseconds")])


def check_math_and_percentiles(clients):
    metric = {"Namespace": "Python", "MetricName": "Took", "Dimensions": [{"Name": "Who", "Value": "ada"}]}
    stat = lambda name: {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": name}, "ReturnData": True}
    queries = [stat("p90"), {**stat("p50"), "ReturnData": False}, {"Id": "twice", "Expression": "p50 * 2"}]
    said = clients("cloudwatch").get_metric_data(MetricDataQueries=queries, **TIMES)["MetricDataResults"]
    values = {result["Id"]: result["Values"] for result in said}
    assert 88 <= values["p90"][0] <= 92 and 98 <= values["twice"][0] <= 104, values
    with refused("ValidationError"):
        clients("cloudwatch").get_metric_data(MetricDataQueries=[{"Id": "x", "Expression": "NOSUCH(p50)"}], **TIMES)


def check_alarms(clients):
    cloudwatch = clients("cloudwatch")
    about = {"Namespace": "Python", "MetricName": "Took", "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 3}
    rest = {"DatapointsToAlarm": 2, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "breaching"}
    cloudwatch.put_metric_alarm(AlarmName="python", **about, **rest)
    said = cloudwatch.describe_alarms(AlarmNames=["python"])["MetricAlarms"][0]
    same((said["DatapointsToAlarm"], said["TreatMissingData"]), (2, "breaching"))
    cloudwatch.put_composite_alarm(AlarmName="python-both", AlarmRule="ALARM(python) OR FALSE")
    cloudwatch.set_alarm_state(AlarmName="python", StateValue="ALARM", StateReason="a drill", StateReasonData=json.dumps({}))
    same(cloudwatch.describe_alarms(AlarmNames=["python"])["MetricAlarms"][0]["StateReason"], "a drill")
    kinds = {item["HistoryItemType"] for item in cloudwatch.describe_alarm_history(AlarmName="python")["AlarmHistoryItems"]}
    assert {"ConfigurationUpdate", "StateUpdate"} <= kinds, kinds
    cloudwatch.disable_alarm_actions(AlarmNames=["python"])
    cloudwatch.enable_alarm_actions(AlarmNames=["python"])
    cloudwatch.delete_alarms(AlarmNames=["python-both"])
    cloudwatch.delete_alarms(AlarmNames=["python"])
    with refused("ResourceNotFound"):
        cloudwatch.set_alarm_state(AlarmName="python", StateValue="OK", StateReason="x")


def check_dashboards(clients):
    cloudwatch = clients("cloudwatch")
    cloudwatch.put_dashboard(DashboardName="python", DashboardBody=json.dumps({"widgets": []}))
    same(json.loads(cloudwatch.get_dashboard(DashboardName="python")["DashboardBody"]), {"widgets": []})
    cloudwatch.delete_dashboards(DashboardNames=["python"])
    with refused("ResourceNotFound"):
        cloudwatch.get_dashboard(DashboardName="python")
