"""X-Ray: segments put by API, found by expressions, drawn as graphs."""
import json
import time

from expecting import refused, same

NOW = time.time()
TRACE = f"1-{int(NOW):08x}-{'ab' * 12}"
SEGMENT = {
    "trace_id": TRACE,
    "id": "1234567890abcdef",
    "name": "python",
    "start_time": NOW - 2,
    "end_time": NOW - 1,
    "http": {"request": {"method": "GET", "url": "http://x/y"}, "response": {"status": 500}},
    "fault": True,
    "annotations": {"who": "ada"},
    "subsegments": [{"id": "abcdef1234567890", "name": "S3", "namespace": "aws", "start_time": NOW - 1.5, "end_time": NOW - 1.2}],
}


def check_segments_and_traces(clients):
    xray = clients("xray")
    same(xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(SEGMENT)])["UnprocessedTraceSegments"], [])
    same(len(xray.put_trace_segments(TraceSegmentDocuments=["{}"])["UnprocessedTraceSegments"]), 1)
    trace = xray.batch_get_traces(TraceIds=[TRACE])["Traces"][0]
    same(json.loads(trace["Segments"][0]["Document"])["name"], "python")


def check_summaries_and_graphs(clients):
    xray = clients("xray")
    times = {"StartTime": NOW - 60, "EndTime": NOW + 60}
    found = lambda text: [one["Id"] for one in xray.get_trace_summaries(FilterExpression=text, **times)["TraceSummaries"]]
    same(found('service("python") AND fault AND annotation.who = "ada"'), [TRACE])
    same(found('service("python") AND http.status = 200'), [])
    with refused("InvalidRequestException"):
        found("service(")
    assert "python" in [service["Name"] for service in xray.get_service_graph(**times)["Services"]]
    assert "python" in [service["Name"] for service in xray.get_trace_graph(TraceIds=[TRACE])["Services"]]


def check_sampling_rules(clients):
    xray = clients("xray")
    rule = {"RuleName": "python", "Priority": 10, "FixedRate": 0.5, "ReservoirSize": 1, "Version": 1}
    everything = {name: "*" for name in ["ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath", "ResourceARN"]}
    xray.create_sampling_rule(SamplingRule={**rule, **everything})
    names = [one["SamplingRule"]["RuleName"] for one in xray.get_sampling_rules()["SamplingRuleRecords"]]
    same(sorted(names), ["Default", "python"])
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "python", "FixedRate": 0.1})
    xray.delete_sampling_rule(RuleName="python")
    xray.create_group(GroupName="python", FilterExpression="fault")
    same(xray.get_group(GroupName="python")["Group"]["FilterExpression"], "fault")
    xray.delete_group(GroupName="python")
